import { errorText } from "../../common/errors.ts";
import type { Log } from "../../common/notice.ts";
import { rfc3339 } from "../../go/rfc3339.ts";
import { DISCOVERY_REQUEST, DISCOVERY_RESPONSE, NODE } from "../../mesh/discovery.ts";
import { unknownMethod } from "../../mesh/grpc-method.ts";
import { CODE, type GrpcStatus, OK, unreadable } from "../../mesh/grpc-status.ts";
import type { SdsPlan } from "../../mesh/mesh-plan.ts";
import { oneLine } from "../../mesh/peer-text.ts";
import { ProtobufError } from "../../mesh/protobuf.ts";
import { decode } from "../../mesh/protobuf-reader.ts";
import { encode } from "../../mesh/protobuf-writer.ts";
import { isSubscribed, NEW_STREAM, receive, type SdsRequest, sent } from "../../mesh/sds-stream.ts";
import type { SecretStore } from "../../mesh/secret.ts";
import { SECRET_TYPE, secretResource } from "../../mesh/secret-message.ts";
import { fileType } from "../files/read-file.ts";
import { minutesAhead } from "../linux/time-zone.ts";
import type { Accept, Call, CallHandler, Message } from "./grpc.ts";

const SERVICE = "envoy.service.secret.v3.SecretDiscoveryService";
const UNIMPLEMENTED = ["DeltaSecrets", "FetchSecrets"] as const;

/** The limits of the SDS socket; it sends no PING frames (contract 1.30 §13a). */
export const SDS_RULES = { maxMessage: 4 * 1024 * 1024, maxStreams: 100_000, descriptors: 1 } as const;

/** Where secrets come from, and how they are written. */
export interface SdsServer {
  readonly store: SecretStore;
  readonly log: Log;
  readonly plan: Pick<SdsPlan, "crl" | "keyProvider">;
}

/** Returns what accepts the calls of the SDS socket (contract 1.30 §13a). */
export function acceptSds({ store, log, plan }: SdsServer): Accept {
  let version = 0;
  let lastRejection = "";

  async function respond(names: readonly string[], nonce: string): Promise<Message> {
    const resources: Message[] = [];
    for (const name of names) resources.push(await resourceOf(name));
    version += 1;
    const now = Date.now();
    const versionInfo = `${rfc3339(now, minutesAhead(now))}/${version}`;
    return encode(DISCOVERY_RESPONSE, { versionInfo, resources, typeUrl: SECRET_TYPE, nonce });
  }

  async function resourceOf(name: string): Promise<Message> {
    try {
      const secret = await store.get(name);
      const crl = plan.crl !== undefined && fileType(plan.crl) !== "missing" ? plan.crl : undefined;
      return secretResource(name, secret, { crl, keyProvider: plan.keyProvider });
    } catch (error) {
      throw new Error(`failed to generate secret for ${name}: ${errorText(error)}`, { cause: error });
    }
  }

  /** Logs a rejection once, not with each try. */
  function logRejection(names: readonly string[], reason: string): void {
    const listed = names.map((name) => JSON.stringify(name)).join(", ");
    const text = `Envoy rejected the secret ${oneLine(listed)}: ${oneLine(reason)}`;
    if (text !== lastRejection) log("warn", text);
    lastRejection = text;
  }

  return (call) => {
    if (call.method === `/${SERVICE}/StreamSecrets`) return serveStream(call, { store, respond, logRejection });
    const other = UNIMPLEMENTED.find((method) => call.method === `/${SERVICE}/${method}`);
    if (other !== undefined) return { code: CODE.UNIMPLEMENTED, message: `${other} not implemented` };
    return unknownMethod(call.method, [SERVICE]);
  };
}

interface StreamContext {
  readonly store: SecretStore;
  readonly respond: (names: readonly string[], nonce: string) => Promise<Message>;
  readonly logRejection: (names: readonly string[], reason: string) => void;
}

/** Serves one stream: requests and changes of secrets one after the other, in the order in which they come. */
function serveStream(call: Call, { store, respond, logRejection }: StreamContext): CallHandler {
  let stream = NEW_STREAM;
  let isOver = false;
  const queue = workQueue((error) => {
    if (!isOver) end(statusOf(error));
  });
  const changed = new Set<string>();

  function end(status: GrpcStatus): void {
    isOver = true;
    call.end(status);
  }

  async function reply(names: readonly string[]): Promise<void> {
    const nonce = crypto.randomUUID();
    const response = await respond(names, nonce);
    if (isOver) return;
    stream = sent(stream, nonce);
    await call.send(response);
  }

  async function answer(message: Message): Promise<void> {
    const request = requestOf(message);
    const [next, reaction] = receive(stream, request);
    stream = next;
    if (reaction.kind === "reply") await reply(reaction.names);
    else if (reaction.kind === "rejected") logRejection(request.resourceNames, reaction.error.message);
    else if (reaction.kind === "end") end(reaction.status);
  }

  function enqueue(work: Work): Promise<void> {
    return queue.add(() => (isOver ? undefined : work()));
  }

  const stopListening = store.onChange((name) => {
    // Nothing that waits can subscribe to it: most streams are for another secret.
    if (queue.isEmpty() && !isSubscribed(stream, name)) return;
    if (changed.has(name)) return;
    changed.add(name);
    enqueue(() => {
      changed.delete(name);
      return isSubscribed(stream, name) ? reply([name]) : undefined;
    });
  });

  return {
    message: (message) => enqueue(() => answer(message)),
    halfClosed: () => enqueue(() => end(OK)),
    ended() {
      isOver = true;
      stopListening();
    },
  };
}

type Work = () => void | Promise<void>;

/** Does work in the order in which it is added. `failed` is called with what it throws. */
function workQueue(failed: (error: unknown) => void) {
  let last = Promise.resolve();
  let waiting = 0;
  return {
    /** Returns when the work is done. */
    add(work: Work): Promise<void> {
      waiting++;
      last = last
        .then(work)
        .catch(failed)
        .finally(() => waiting--);
      return last;
    },
    isEmpty: () => waiting === 0,
  };
}

function requestOf(message: Message): SdsRequest {
  const { node, ...request } = decode(DISCOVERY_REQUEST, message);
  return { ...request, node: node === undefined ? "" : decode(NODE, node).id };
}

function statusOf(error: unknown): GrpcStatus {
  return error instanceof ProtobufError ? unreadable(error) : { code: CODE.UNKNOWN, message: errorText(error) };
}

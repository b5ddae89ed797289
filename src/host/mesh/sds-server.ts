import { errorText } from "../../common/errors.ts";
import type { Log } from "../../common/notice.ts";
import { rfc3339 } from "../../go/rfc3339.ts";
import { DISCOVERY_REQUEST, DISCOVERY_RESPONSE, NODE } from "../../mesh/discovery.ts";
import { unknownMethod } from "../../mesh/grpc-method.ts";
import { CODE, type GrpcStatus, OK, unreadable } from "../../mesh/grpc-status.ts";
import type { SdsPlan } from "../../mesh/mesh-plan.ts";
import { oneLine } from "../../mesh/peer-text.ts";
import { sizeOf } from "../../mesh/pieces.ts";
import { ProtobufError } from "../../mesh/protobuf.ts";
import { decode } from "../../mesh/protobuf-reader.ts";
import { encode } from "../../mesh/protobuf-writer.ts";
import { isSubscribed, NEW_STREAM, receive, type SdsRequest, sent } from "../../mesh/sds-stream.ts";
import type { Secret, SecretStore } from "../../mesh/secret.ts";
import { SECRET_TYPE, secretResource } from "../../mesh/secret-message.ts";
import { fileType } from "../files/read-file.ts";
import { minutesAhead } from "../linux/time-zone.ts";
import type { Accept, Call, CallHandler, Message } from "./grpc.ts";

const SERVICE = "envoy.service.secret.v3.SecretDiscoveryService";
const UNIMPLEMENTED = ["DeltaSecrets", "FetchSecrets"] as const;

/** The limits of the SDS socket; it sends no PING frames (contract 1.30 §13a). */
export const SDS_RULES = { maxMessage: 4 * 1024 * 1024, maxStreams: 100_000, descriptors: 1 } as const;

/** Requests that may wait on one stream, and the bytes that are kept of them; a client that sends more has to wait. */
const MOST_WAITING = 16;
const MOST_WAITING_BYTES = 65_536;

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

  async function respond(names: readonly string[], nonce: string): Promise<SecretResponse> {
    const resources: Message[] = [];
    const versions: (number | undefined)[] = [];
    for (const name of names) {
      const secret = await secretOf(name);
      resources.push(resourceOf(name, secret));
      versions.push(secret.version);
    }
    version += 1;
    const now = Date.now();
    const versionInfo = `${rfc3339(now, minutesAhead(now))}/${version}`;
    return { message: encode(DISCOVERY_RESPONSE, { versionInfo, resources, typeUrl: SECRET_TYPE, nonce }), versions };
  }

  function resourceOf(name: string, secret: Secret): Message {
    const crl = plan.crl !== undefined && fileType(plan.crl) !== "missing" ? plan.crl : undefined;
    return secretResource(name, secret, { crl, keyProvider: plan.keyProvider });
  }

  async function secretOf(name: string): Promise<Secret> {
    try {
      return await store.get(name);
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

/** A response, and the versions of the secrets in it, in their order. */
interface SecretResponse {
  readonly message: Message;
  readonly versions: readonly (number | undefined)[];
}

interface StreamContext {
  readonly store: SecretStore;
  readonly respond: (names: readonly string[], nonce: string) => Promise<SecretResponse>;
  readonly logRejection: (names: readonly string[], reason: string) => void;
}

/** Serves one stream: requests and changes of secrets one after the other, in the order in which they come. */
function serveStream(call: Call, { store, respond, logRejection }: StreamContext): CallHandler {
  let stream = NEW_STREAM;
  let isOver = false;
  const queue = workQueue((error) => {
    if (!isOver) end(statusOf(error));
  });
  const changes = changesToSend();

  function end(status: GrpcStatus): void {
    isOver = true;
    call.end(status);
  }

  async function reply(names: readonly string[]): Promise<void> {
    const nonce = crypto.randomUUID();
    const { message, versions } = await respond(names, nonce);
    if (isOver) return;
    stream = sent(stream, nonce);
    for (const [index, name] of names.entries()) changes.sent(name, versions[index]);
    await call.send(message);
  }

  async function answer(request: SdsRequest): Promise<void> {
    const [next, reaction] = receive(stream, request);
    stream = next;
    if (reaction.kind === "reply") await reply(reaction.names);
    else if (reaction.kind === "rejected") logRejection(request.resourceNames, reaction.error.message);
    else if (reaction.kind === "end") end(reaction.status);
  }

  function enqueue(work: Work, size?: number): Promise<void> {
    return queue.add(() => (isOver ? undefined : work()), size);
  }

  const stopListening = store.onChange((name, version) => {
    // Nothing that waits can subscribe to it: most streams are for another secret.
    if (queue.length() === 0 && !isSubscribed(stream, name)) return;
    if (changes.add(name, version)) enqueue(() => (changes.take(name) && isSubscribed(stream, name) ? reply([name]) : undefined));
  });

  return {
    message(message) {
      // While a request waits for its secret, other streams need the window of the connection.
      const { request, size } = readRequest(message);
      const answered = enqueue(() => answer(request()), size);
      return queue.isFull() ? answered : undefined;
    },
    halfClosed: () => enqueue(() => end(OK)),
    ended() {
      isOver = true;
      stopListening();
    },
  };
}

/** Knows which changes of secrets a stream still has to send. */
function changesToSend() {
  /** The newest version of each change that waits; infinite if one has none. */
  const waiting = new Map<string, number>();
  const versions = new Map<string, number>();
  return {
    /** Returns whether no other change of that secret waits. */
    add(name: string, version = Number.POSITIVE_INFINITY): boolean {
      const newest = waiting.get(name);
      waiting.set(name, Math.max(newest ?? 0, version));
      return newest === undefined;
    },
    /** Ends the wait. Returns whether the change is still to be sent: a request may have been answered with it. */
    take(name: string): boolean {
      const newest = waiting.get(name) ?? 0;
      waiting.delete(name);
      return newest > (versions.get(name) ?? 0);
    },
    sent(name: string, version: number | undefined): void {
      if (version === undefined) versions.delete(name);
      else versions.set(name, version);
    },
  };
}

type Work = () => void | Promise<void>;

/** Does work in the order in which it is added. `failed` is called with what it throws. */
function workQueue(failed: (error: unknown) => void) {
  let last = Promise.resolve();
  let waiting = 0;
  let bytes = 0;
  return {
    /** Returns when the work is done. `size` is the number of bytes that it keeps until then. */
    add(work: Work, size = 0): Promise<void> {
      waiting++;
      bytes += size;
      last = last
        .then(work)
        .catch(failed)
        .finally(() => {
          waiting--;
          bytes -= size;
        });
      return last;
    },
    length: () => waiting,
    isFull: () => waiting > MOST_WAITING || bytes > MOST_WAITING_BYTES,
  };
}

/** Reads a request at once, without keeping its message. Returns what returns it, or throws why it cannot be read, and the bytes that are kept. */
function readRequest(message: Message): { readonly request: () => SdsRequest; readonly size: number } {
  try {
    const { node, ...request } = decode(DISCOVERY_REQUEST, message);
    const id = node === undefined ? "" : decode(NODE, node).id;
    return { request: () => ({ ...request, node: id }), size: sizeOf(message) - sizeOf(node ?? []) + id.length };
  } catch (error) {
    const request = () => {
      throw error;
    };
    return { request, size: 0 };
  }
}

function statusOf(error: unknown): GrpcStatus {
  return error instanceof ProtobufError ? unreadable(error) : { code: CODE.UNKNOWN, message: errorText(error) };
}

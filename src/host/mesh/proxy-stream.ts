import type { CalledServer } from "../../mesh/called-server.ts";
import type { MeshCounts, Terminations } from "../../mesh/counts.ts";
import { failureHint } from "../../mesh/failure-hint.ts";
import { OK } from "../../mesh/grpc-status.ts";
import type { HealthReport } from "../../mesh/health-step.ts";
import type { XdsPlan } from "../../mesh/mesh-plan.ts";
import { checkNameTable } from "../../mesh/own-resources.ts";
import { withoutSecrets } from "../../mesh/peer-text.ts";
import { sizeOf } from "../../mesh/pieces.ts";
import { protoText } from "../../mesh/protobuf.ts";
import type { ResponseHead, XdsKind } from "../../mesh/xds-messages.ts";
import { LASTING, type XdsReport } from "../../mesh/xds-report.ts";
import { stepXds, type XdsCommand, type XdsEvent, type XdsRules, type XdsStream } from "../../mesh/xds-stream.ts";
import type { Call, CallHandler, GrpcConnection, Message, ServerCall } from "./grpc.ts";
import { openSendQueue, type SendQueue } from "./send-queue.ts";
import { authorization, type TokenReader, tokenFailure } from "./token.ts";

/** What the streams of Envoy need. */
export interface XdsTools {
  readonly plan: Pick<XdsPlan, "headers" | "token" | keyof XdsRules> & Pick<CalledServer, "endpoint">;
  /** Dials the control plane. */
  readonly connect: () => GrpcConnection;
  readonly token: TokenReader;
  readonly counts: MeshCounts;
  readonly report: XdsReport;
  /** Receives certificates that the control plane trusts, as PEM. */
  readonly setBundle: (roots: readonly string[]) => void;
  /** A table of DNS names was received. */
  readonly nameTable: () => void;
  /** So many bytes of messages were forwarded, and are garbage now. */
  readonly forwarded: (bytes: number) => void;
  /** Envoy has a message, which nobody uses afterwards. */
  readonly delivered: (message: Message) => void;
}

/** One stream of Envoy, passed on to the control plane on a connection of its own. */
export interface ProxiedStream {
  readonly handler: CallHandler;
  readonly setHealth: (report: HealthReport) => void;
  /** Ends the stream, and closes its connection to the control plane. */
  readonly end: () => void;
}

/** What is known of a stream of Envoy. */
interface Proxied {
  readonly call: ServerCall;
  readonly connection: GrpcConnection;
  readonly tools: XdsTools;
  readonly kind: XdsKind;
  /** Called when it has ended. */
  readonly over: () => void;
  stream: XdsStream;
  /** Whether there is a stream to the control plane, and how many requests wait for it. */
  isOpen: boolean;
  waiting: number;
  /** Whether the control plane has sent a response. */
  isConnected: boolean;
  /** Called when it has, or the stream has ended. */
  answered: () => void;
  /** Runs until a connection that follows others has lasted. */
  lasting: ReturnType<typeof setTimeout> | undefined;
  token: string | undefined;
  readonly queue: SendQueue;
}

/** Passes a stream on, by the rules of `stepXds`. `over` is called when it has ended. */
export function proxyStream(call: ServerCall, stream: XdsStream, tools: XdsTools, over: () => void): ProxiedStream {
  const opened = Promise.withResolvers<Call | undefined>();
  const proxied: Proxied = {
    call,
    connection: tools.connect(),
    tools,
    kind: stream.kind,
    over,
    stream,
    isOpen: false,
    waiting: 0,
    isConnected: false,
    answered: () => {},
    lasting: undefined,
    token: undefined,
    queue: openSendQueue(opened.promise),
  };
  openUpstream(proxied).then(opened.resolve, (error: unknown) => {
    handle(proxied, { kind: "ended", by: "control-plane", status: tokenFailure(error) });
    opened.resolve(undefined);
  });
  return {
    handler: {
      message(message) {
        handle(proxied, { kind: "request", message });
        return proxied.queue.room();
      },
      halfClosed: () => void handle(proxied, { kind: "ended", by: "envoy", status: OK }),
      ended: (status) => void handle(proxied, { kind: "ended", by: "envoy", status }),
    },
    setHealth: (report) => void handle(proxied, { kind: "health", report }),
    end: () => void handle(proxied, { kind: "closed" }),
  };
}

/** Opens the stream to the control plane. @throws Error of a metadata server that has no token */
async function openUpstream(proxied: Proxied): Promise<Call> {
  const { connection, call, tools, kind } = proxied;
  const { plan, counts, report } = tools;
  proxied.token = await tools.token.read();
  if (!proxied.stream.isOver) proxied.answered = report.awaits(connection.wasReady);
  return connection.open(call.method, [...authorization(proxied.token), ...plan.headers], {
    opened() {
      proxied.isOpen = true;
      counts.xdsRequests += proxied.waiting;
    },
    message(message) {
      const pending = handle(proxied, { kind: "response", message });
      if (proxied.stream.isOver) return pending;
      counts.xdsResponses++;
      if (!proxied.isConnected) {
        proxied.isConnected = true;
        proxied.answered();
        if (report.connected(kind)) proxied.lasting = setTimeout(() => report.lasted(kind), LASTING).unref();
      }
      return pending;
    },
    ended: (status) => void handle(proxied, { kind: "ended", by: "control-plane", status }),
  });
}

/** Does what an event leads to. Returns what its sender has to wait for. */
function handle(proxied: Proxied, event: XdsEvent): Promise<void> | undefined {
  const [next, commands] = stepXds(proxied.stream, event);
  proxied.stream = next;
  let pending: Promise<void> | undefined;
  for (const command of commands) pending = perform(proxied, command) ?? pending;
  return pending;
}

function perform(proxied: Proxied, command: XdsCommand): Promise<void> | undefined {
  const { call, tools, queue } = proxied;
  const { counts, report, forwarded, delivered } = tools;
  switch (command.kind) {
    case "send":
      if (command.to === "envoy") return call.send(command.message).then(() => delivered(command.message));
      if (proxied.isOpen) counts.xdsRequests++;
      else proxied.waiting++;
      forwarded(sizeOf(command.message));
      queue.send(command.message);
      return undefined;
    case "check-name-table":
      return checkTable(proxied, command.head, checkNameTable(command.table));
    case "name-table":
      tools.nameTable();
      return undefined;
    case "trust-bundle":
      tools.setBundle(command.roots);
      return undefined;
    case "verdict":
      report.verdict(command);
      return undefined;
    case "dropped":
      report.dropped(command.typeUrl);
      return undefined;
    case "end":
      end(proxied, command);
      return undefined;
  }
}

/** Checks a table of names, and goes on in the next turn of the event loop after each slice. Returns what the next response waits for. */
function checkTable(proxied: Proxied, head: ResponseHead, slices: Iterator<void, void>): Promise<void> | undefined {
  if (proxied.stream.isOver) return undefined;
  try {
    if (!slices.next().done) return nextTurn().then(() => checkTable(proxied, head, slices));
  } catch (error) {
    return handle(proxied, { kind: "checked", head, problem: protoText(error) });
  }
  return handle(proxied, { kind: "checked", head });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

function end(proxied: Proxied, { by, status: { code, message }, isExpected }: Extract<XdsCommand, { readonly kind: "end" }>): void {
  const { call, connection, tools, isOpen, isConnected, lasting, token, over } = proxied;
  const { counts, report, plan } = tools;
  const status = { code, message: withoutSecrets(message, { token, headers: plan.headers }) };
  countEnd(counts.envoyTerminations, by === "envoy", { isExpected, isOpen });
  countEnd(counts.istiodTerminations, by === "control-plane", { isExpected, isOpen });
  if (by !== undefined) {
    if (by === "control-plane" && !isConnected && !isExpected) counts.istiodConnectionFailures++;
    const hint = failureHint(status, { server: "control-plane", ...plan }, token, Date.now());
    report.ended({ by, status, isExpected, wasConnected: isConnected, hint });
  }
  clearTimeout(lasting);
  proxied.answered();
  call.end(status);
  connection.close();
  over();
}

/** Counts the end of a stream on one side: the side that has ended it, or the other one, which upstream counts too if there was a stream. */
function countEnd(
  ends: Terminations,
  isOwn: boolean,
  { isExpected, isOpen }: { readonly isExpected: boolean; readonly isOpen: boolean },
): void {
  if (isOwn) ends[isExpected ? "cancelled" : "error"]++;
  else if (isOpen) ends.cancelled++;
}

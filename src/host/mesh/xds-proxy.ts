import type { MeshCounts } from "../../mesh/counts.ts";
import { unknownMethod } from "../../mesh/grpc-method.ts";
import { CODE, type GrpcStatus, OK } from "../../mesh/grpc-status.ts";
import type { HealthReport } from "../../mesh/health-step.ts";
import type { Endpoint, XdsPlan } from "../../mesh/mesh-plan.ts";
import { sizeOf } from "../../mesh/pieces.ts";
import { rootsHint } from "../../mesh/roots-hint.ts";
import { tokenHint } from "../../mesh/token-hint.ts";
import type { XdsKind } from "../../mesh/xds-messages.ts";
import { LASTING, type XdsReport } from "../../mesh/xds-report.ts";
import { newXdsStream, stepXds, type XdsCommand, type XdsEvent, type XdsStream } from "../../mesh/xds-stream.ts";
import type { Accept, Call, CallHandler, GrpcConnection, Message, ServerCall } from "./grpc.ts";
import { openSendQueue } from "./send-queue.ts";
import { authorization, type TokenReader, tokenFailure } from "./token.ts";

const SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService";

const METHODS: ReadonlyMap<string, XdsKind> = new Map([
  [`/${SERVICE}/StreamAggregatedResources`, "sotw"],
  [`/${SERVICE}/DeltaAggregatedResources`, "delta"],
]);

/** What the streams of Envoy need. */
export interface XdsTools {
  readonly plan: Pick<XdsPlan, "headers" | "token" | "subscribes"> & { readonly endpoint: Pick<Endpoint, "tls"> };
  /** Dials the control plane. */
  readonly connect: () => GrpcConnection;
  readonly token: TokenReader;
  readonly counts: MeshCounts;
  readonly report: XdsReport;
  /** Receives certificates that the control plane trusts, as PEM. */
  readonly setBundle: (roots: readonly string[]) => void;
  /** A table of DNS names was received. */
  readonly nameTable: () => void;
  /** So many bytes of messages have passed, and are garbage now. */
  readonly passed: (bytes: number) => void;
  /** Envoy has a message, which nobody uses afterwards. */
  readonly delivered: (message: Message) => void;
}

/** What accepts the calls of the xDS socket, and the end of all of them. */
export interface XdsProxy {
  readonly accept: Accept;
  /** Reports the state of the workload to the control plane, on each stream that is open and on each later one. */
  readonly setHealth: (report: HealthReport) => void;
  /** Closes the connections to the control plane. */
  readonly close: () => void;
}

/** Opens the proxy between Envoy and its control plane (contract 1.30 §13c). */
export function openXdsProxy(tools: XdsTools): XdsProxy {
  const streams = new Set<ProxiedStream>();
  /** The last stream of each client process: both Envoys of a hot restart have one. */
  const last = new Map<number | undefined, ProxiedStream>();
  let health: HealthReport | undefined;
  return {
    accept(call) {
      const kind = METHODS.get(call.method);
      if (kind === undefined) return unknownMethod(call.method, [SERVICE]);
      last.get(call.peer)?.end();
      const proxied: ProxiedStream = proxyStream(call, newXdsStream(kind, tools.plan.subscribes, health), tools, () => {
        streams.delete(proxied);
        if (last.get(call.peer) === proxied) last.delete(call.peer);
      });
      streams.add(proxied);
      last.set(call.peer, proxied);
      return proxied.handler;
    },
    setHealth(report) {
      health = report;
      for (const proxied of [...streams]) proxied.setHealth(report);
    },
    close() {
      for (const { end } of [...streams]) end();
    },
  };
}

/** One stream of Envoy, passed on to the control plane on a connection of its own. */
interface ProxiedStream {
  readonly handler: CallHandler;
  readonly setHealth: (report: HealthReport) => void;
  /** Ends the stream, and closes its connection to the control plane. */
  readonly end: () => void;
}

function proxyStream(call: ServerCall, opened: XdsStream, tools: XdsTools, over: () => void): ProxiedStream {
  const { plan, counts, report, passed, delivered } = tools;
  const connection = tools.connect();
  const { kind } = opened;
  let stream = opened;
  /** Set when the control plane has sent its first response. */
  let lasting: ReturnType<typeof setTimeout> | undefined;
  let token: string | undefined;

  const upstream = openUpstream().catch((error: unknown): undefined => {
    handle({ kind: "ended", by: "control-plane", status: tokenFailure(error) });
  });
  const queue = openSendQueue(upstream);

  async function openUpstream(): Promise<Call> {
    token = await tools.token.read();
    return connection.open(call.method, [...authorization(token), ...plan.headers], {
      message(message) {
        counts.xdsResponses++;
        const pending = handle({ kind: "response", message });
        if (lasting === undefined && !stream.isOver) {
          report.connected(kind);
          lasting = setTimeout(() => report.lasted(kind), LASTING);
          lasting.unref();
        }
        return pending;
      },
      ended: (status) => void handle({ kind: "ended", by: "control-plane", status }),
    });
  }

  /** Does what an event leads to. Returns what its sender has to wait for. */
  function handle(event: XdsEvent): Promise<void> | undefined {
    const [next, commands] = stepXds(stream, event);
    stream = next;
    let pending: Promise<void> | undefined;
    for (const command of commands) pending = perform(command) ?? pending;
    return pending;
  }

  function perform(command: XdsCommand): Promise<void> | undefined {
    switch (command.kind) {
      case "send":
        if (command.to === "envoy") return call.send(command.message).then(() => delivered(command.message));
        counts.xdsRequests++;
        passed(sizeOf(command.message));
        queue.send(command.message);
        return undefined;
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
        end(command);
        return undefined;
    }
  }

  function end({ by, status, isExpected }: Extract<XdsCommand, { readonly kind: "end" }>): void {
    if (by !== undefined) {
      const terminations = by === "envoy" ? counts.envoyTerminations : counts.istiodTerminations;
      terminations[isExpected ? "cancelled" : "error"]++;
      if (by === "control-plane" && lasting === undefined && !isExpected) counts.istiodConnectionFailures++;
      report.ended({ by, status, isExpected, wasConnected: lasting !== undefined, hint: hintOf(status) });
    }
    clearTimeout(lasting);
    call.end(status);
    connection.close();
    over();
  }

  function hintOf({ code, message }: GrpcStatus): string {
    return code === CODE.UNAUTHENTICATED ? tokenHint(plan.token, token, Date.now()) : rootsHint(plan.endpoint, message);
  }

  return {
    handler: {
      message(message) {
        handle({ kind: "request", message });
        return queue.room();
      },
      halfClosed: () => void handle({ kind: "ended", by: "envoy", status: OK }),
      ended: (status) => void handle({ kind: "ended", by: "envoy", status }),
    },
    setHealth: (report) => void handle({ kind: "health", report }),
    end: () => void handle({ kind: "closed" }),
  };
}

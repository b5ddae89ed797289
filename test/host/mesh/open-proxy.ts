import type { CallHandler, GrpcConnection } from "../../../src/host/mesh/grpc.ts";
import type { XdsTools } from "../../../src/host/mesh/proxy-stream.ts";
import { openXdsProxy, type XdsProxy } from "../../../src/host/mesh/xds-proxy.ts";
import { startCounts } from "../../../src/mesh/counts.ts";
import type { Pieces } from "../../../src/mesh/pieces.ts";
import { xdsReport } from "../../../src/mesh/xds-report.ts";

const METHOD = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";

/** A control plane without a transport. */
interface Plane {
  readonly handlers: CallHandler[];
  readonly headers: (readonly (readonly [string, string])[])[];
  closed: number;
}

/** Opens a proxy without sockets, to a control plane that takes every stream. */
export function openProxy(more: Partial<XdsTools> = {}) {
  const plane: Plane = { handlers: [], headers: [], closed: 0 };
  const logged: string[] = [];
  const bundles: (readonly string[])[] = [];
  const counts = startCounts();
  let tables = 0;
  const connect = (): GrpcConnection => ({
    open(_, headers, handler) {
      plane.handlers.push(handler);
      plane.headers.push(headers);
      handler.opened?.();
      return { send: async () => {}, end() {}, cancel() {} };
    },
    isUsable: () => true,
    wasReady: () => true,
    close: () => plane.closed++,
  });
  const proxy = openXdsProxy({
    plan: {
      endpoint: { host: "istiod" },
      headers: [["clusterid", "one"]],
      token: { kind: "file", path: "token" },
      subscribes: { nameTable: true, proxyConfig: true },
      checksExtensions: true,
    },
    connect,
    delivered: () => {},
    token: { read: async () => "secret", close() {} },
    counts,
    report: xdsReport("istiod:15012", (level, text) => logged.push(`${level} ${text}`)),
    setBundle: (roots) => bundles.push(roots),
    nameTable: () => tables++,
    forwarded() {},
    ...more,
  });
  return { proxy, plane, logged, bundles, counts, tables: () => tables };
}

/** Opens a stream of a process. Returns its handler, and what was sent on it. */
export function openStream(proxy: XdsProxy, peer: number | undefined) {
  const sent: (Pieces | string)[] = [];
  let isOver = false;
  let handler: CallHandler | undefined;
  const accepted = proxy.accept({
    method: METHOD,
    peer,
    async send(message) {
      if (!isOver) sent.push(message);
    },
    end({ code, message } = { code: 0, message: "" }) {
      if (isOver) return;
      isOver = true;
      sent.push(`${code} ${message}`);
      queueMicrotask(() => handler?.ended({ code, message }));
    },
    cancel() {},
  });
  if ("code" in accepted) throw new Error("the stream was refused");
  handler = accepted;
  return { handler: accepted, sent };
}

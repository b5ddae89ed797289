import type { CallHandler, GrpcConnection } from "../../../src/host/mesh/grpc.ts";
import { openXdsProxy, type XdsProxy } from "../../../src/host/mesh/xds-proxy.ts";
import { startCounts } from "../../../src/mesh/counts.ts";
import type { GrpcStatus } from "../../../src/mesh/grpc-status.ts";
import { statusOfReset } from "../../../src/mesh/grpc-text.ts";
import type { HealthReport } from "../../../src/mesh/health-step.ts";
import { join } from "../../../src/mesh/pieces.ts";
import { xdsReport } from "../../../src/mesh/xds-report.ts";
import { settled } from "../../host/mesh/fake-call.ts";
import { compareForClient, compareForPlane, type Sent, statusOf, text, type Upstream } from "./compare-xds.ts";
import { messageOf, type RecordedEvent, type Transcript } from "./transcripts.ts";

/** A stream of the recorded client. */
interface Downstream {
  readonly handler: CallHandler | undefined;
  /** The connection that was dialled for it. */
  readonly plane: Upstream | undefined;
  readonly sent: Sent[];
}

const HEALTH = /\.HealthInformation$/;
/** Statuses that the transport makes, of connections that fail. */
const LOST = /^(?:connection error|error reading from server)/;

/** Plays the recorded client and the recorded control plane against our proxy. Returns what differs from the recorded agent. */
export async function replayXds({ events }: Transcript): Promise<readonly string[]> {
  const clients = new Map<string, Downstream>();
  const dialled: Upstream[] = [];
  const planes = new Map<number, Upstream>();
  const differences: string[] = [];
  const proxy = openProxy(events, dialled);
  // The recorder names connections of the client of the CA in the same way, until they have a stream.
  const used = new Set(events.flatMap(({ kind, channel, conn }) => (kind === "headers" && channel.startsWith("agent>") ? [conn] : [])));
  let reported: string | undefined;
  for (const event of events) {
    const [from, to] = [event.channel.split(">")[0] ?? "", event.channel.split(/[> ]/)[1] ?? ""];
    const id = `${event.conn}/${event.stream}`;
    const difference = (text: string | undefined) => text !== undefined && differences.push(`${event.t}: ${text}`);
    if (from === "client") {
      if (event.kind === "headers" && !clients.has(id)) clients.set(id, openStream(event, proxy, dialled));
      if (event.kind === "close") closeClients(clients, event);
      await sendFromClient(event, clients.get(id));
    } else if (from === "agent" && to === "client") {
      const client = clients.get(id);
      if (event.kind === "end" && client?.sent.length === 0) await loseConnection(event, client, dialled);
      if (client !== undefined && ["message", "end"].includes(event.kind)) difference(compareForClient(event, client.sent.shift()));
      if (event.kind === "close") closeClients(clients, event);
    } else if (from === "agent" && used.has(event.conn)) {
      if (!planes.has(event.conn ?? -1) && ["open", "headers"].includes(event.kind)) {
        const next = dialled.shift();
        if (next !== undefined) planes.set(event.conn ?? -1, next);
        else if (event.kind === "headers") difference("did not dial");
      }
      const plane = planes.get(event.conn ?? -1);
      const report = JSON.stringify(healthOf(event));
      // The probes are not replayed, but their results are; the same one on another stream comes from the proxy.
      if (report !== undefined && report !== reported) proxy.setHealth(JSON.parse(report));
      reported = report ?? reported;
      await settled();
      const isEnding = events.some(({ t, kind, channel }) => t >= event.t && kind === "close" && /^agent>(client|envoy) /.test(channel));
      if (plane !== undefined && !(event.kind === "goaway" && isEnding)) difference(compareForPlane(event, plane));
    } else if (to === "agent") await sendFromPlane(event, planes.get(event.conn ?? -1));
    await settled();
  }
  // A request may not have got out before the control plane has refused the stream.
  const lasting = [...planes].filter(([conn]) => events.some((event) => isResponse(event, conn)));
  for (const { sent } of [...clients.values(), ...lasting.map(([, plane]) => plane)])
    for (const each of sent) differences.push(`not recorded: ${text(each)}`);
  const open = [...planes].filter(([conn, { isClosed }]) => !isClosed && events.some((event) => isGoodbye(event, conn)));
  for (const [conn] of open) differences.push(`did not close connection ${conn}`);
  return differences;
}

function isResponse({ kind, channel, conn }: RecordedEvent, ofConnection: number): boolean {
  return conn === ofConnection && kind === "message" && !channel.startsWith("agent>");
}

function isGoodbye({ kind, channel, conn }: RecordedEvent, ofConnection: number): boolean {
  return conn === ofConnection && kind === "goaway" && channel.startsWith("agent>");
}

/** Ends the streams of a connection that one of its sides has closed: a status does not get through any more. */
function closeClients(clients: ReadonlyMap<string, Downstream>, { conn }: RecordedEvent): void {
  for (const [key, { handler, sent }] of clients) {
    if (!key.startsWith(`${conn}/`)) continue;
    handler?.ended({ code: 1, message: "" });
    const last = sent.at(-1);
    if (last !== undefined && "status" in last) sent.pop();
  }
}

/** Where the recorded stream ends because its connection to the control plane has failed, ours gets that status from the transport. */
async function loseConnection(event: RecordedEvent, { plane }: Downstream, dialled: Upstream[]): Promise<void> {
  const status = statusOf(event);
  if (plane === undefined || !LOST.test(status.message)) return;
  const index = dialled.indexOf(plane);
  if (index >= 0) dialled.splice(index, 1);
  plane.handler?.ended(status);
  await settled();
}

/** Returns what a request reports about the workload; undefined for other requests. */
function healthOf({ kind, decoded }: RecordedEvent): HealthReport | undefined {
  if (kind !== "message" || !HEALTH.test(String(decoded?.["type_url"]))) return undefined;
  const error = decoded?.["error_detail"] as { readonly message: string } | undefined;
  return error === undefined ? {} : { problem: error.message };
}

function openProxy(events: readonly RecordedEvent[], dialled: Upstream[]): XdsProxy {
  const requests = (channel: RegExp) =>
    events.filter((each) => each.kind === "message" && channel.test(each.channel)).map((each) => String(each.decoded?.["type_url"]));
  const asks = (channel: RegExp, type: string) => requests(channel).some((each) => each.endsWith(`.${type}`));
  const isOwn = (type: string) => asks(/^agent>(server|istiod) /, type) && !asks(/^client>/, type);
  const hasToken = events.some(({ channel, metadata }) => channel.startsWith("agent>") && metadata?.["authorization"] !== undefined);
  return openXdsProxy({
    plan: {
      endpoint: { host: "istiod" },
      headers: [
        ["clusterid", "Kubernetes"],
        ...(events.some((each) => "x_lab" in (each.metadata ?? {})) ? [["x_lab", "value"] as const] : []),
      ],
      token: { kind: "mock" },
      subscribes: { nameTable: isOwn("NameTable"), proxyConfig: isOwn("ProxyConfig") },
      checksExtensions: true,
    },
    connect: () => fakeConnection(dialled),
    token: { read: async () => (hasToken ? "TOKEN" : undefined), close() {} },
    counts: startCounts(),
    report: xdsReport("istiod:15012", () => {}),
    setBundle() {},
    nameTable() {},
    forwarded() {},
    delivered() {},
  });
}

function fakeConnection(dialled: Upstream[]): GrpcConnection {
  const plane: Upstream = { handler: undefined, headers: new Map(), method: "", sent: [], isClosed: false };
  dialled.push(plane);
  return {
    open(method, headers, handler) {
      Object.assign(plane, { method, headers: new Map(headers), handler });
      return {
        async send(message) {
          if (!plane.isClosed) plane.sent.push({ message: join(message) });
        },
        end() {},
        cancel() {},
      };
    },
    isUsable: () => true,
    wasReady: () => true,
    close() {
      plane.isClosed = true;
    },
  };
}

function openStream(event: RecordedEvent, proxy: XdsProxy, dialled: readonly Upstream[]): Downstream {
  const sent: Sent[] = [];
  let handler: CallHandler | undefined;
  let isOver = false;
  const end = (status: GrpcStatus) => {
    if (isOver) return;
    isOver = true;
    sent.push({ status });
    queueMicrotask(() => handler?.ended(status));
  };
  const before = dialled.length;
  const accepted = proxy.accept({
    method: event.metadata?.[":path"] ?? "",
    peer: undefined,
    async send(message) {
      if (!isOver) sent.push({ message: join(message) });
    },
    end: (status = { code: 0, message: "" }) => end(status),
    cancel() {},
  });
  if ("code" in accepted) sent.push({ status: accepted });
  else handler = accepted;
  return { handler, sent, plane: dialled[before] };
}

async function sendFromClient(event: RecordedEvent, stream: Downstream | undefined): Promise<void> {
  if (event.kind === "message") await stream?.handler?.message([messageOf(event)]);
  if (event.kind === "end") stream?.handler?.halfClosed?.();
  // The client has no use for a status any more.
  if (event.kind === "reset") stream?.handler?.ended({ code: 1, message: "context canceled" });
  await settled();
  if (event.kind === "reset") stream?.sent.splice(0);
}

async function sendFromPlane(event: RecordedEvent, plane: Upstream | undefined): Promise<void> {
  if (event.kind === "message") await plane?.handler?.message([messageOf(event)]);
  if (event.kind === "end") plane?.handler?.ended(statusOf(event));
  if (event.kind === "reset" && event.code !== 0) plane?.handler?.ended(statusOfReset(event.code ?? 0));
}

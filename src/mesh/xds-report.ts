import { logOnce } from "../common/log-once.ts";
import type { Log } from "../common/notice.ts";
import { TOO_LARGE } from "./grpc-frames.ts";
import { CODE, codeName, type GrpcStatus } from "./grpc-status.ts";
import { extensionAdvice } from "./missing-extensions.ts";
import { oneLine, shortened } from "./peer-text.ts";
import { causeOf, openWaits, type Waits } from "./silence.ts";
import type { XdsKind } from "./xds-messages.ts";
import type { Verdict } from "./xds-stream.ts";
import { shortType, XDS_TYPE } from "./xds-types.ts";

/** The end of a stream. */
export interface XdsEnd {
  readonly by: "envoy" | "control-plane";
  readonly status: GrpcStatus;
  readonly isExpected: boolean;
  /** Whether the control plane had sent a response. */
  readonly wasConnected: boolean;
  /** What may be wrong with the token; may be empty. */
  readonly hint: string;
}

/** What is known about the streams of Envoy: each change is a line of the log, and what Envoy's retries repeat is not logged again. */
export interface XdsReport {
  /** A stream waits for its first response. Returns what ends the wait. `isConnected`: whether its connection was made. */
  readonly awaits: Waits["begin"];
  /** The control plane has sent the first response of a stream. Returns whether `lasted` is of interest: an end was reported before. */
  readonly connected: (kind: XdsKind) => boolean;
  /** The connection has lasted for `LASTING` milliseconds since then: it is no attempt that fails. */
  readonly lasted: (kind: XdsKind) => void;
  readonly ended: (end: XdsEnd) => void;
  /** A stream was ended because the same process has opened another one. */
  readonly replaced: () => void;
  readonly verdict: (verdict: Verdict) => void;
  /** Resources of a type that neither Envoy nor the agent uses were not passed on. */
  readonly dropped: (typeUrl: string) => void;
  /** Returns why Envoy may have no configuration, until it has accepted clusters and listeners. */
  readonly reason: () => string | undefined;
}

const KINDS: Readonly<Record<XdsKind, string>> = { sotw: "state of the world", delta: "delta" };

/** How long a connection has to last, in milliseconds, before a loss is over. */
export const LASTING = 5_000;

/** What limits requests of Envoy, for the end of a message. */
const LIMIT_SETTING = " (the limit of requests of Envoy: ISTIO_GPRC_MAXRECVMSGSIZE)";

/** How many texts are remembered: both sides can send any. */
const MOST = 20;

/** What a report remembers. */
interface Known {
  readonly address: string;
  readonly log: Log;
  wasConnected: boolean;
  /** Whether a connection was lost, and no other one has lasted. */
  isDown: boolean;
  /** Whether the end of a stream was reported since the last connection that lasted. */
  hasReported: boolean;
  problem: string | undefined;
  /** Logs the problems since the last connection that lasted. */
  problemLog: Log;
  /** The last rejection of each type. Its nonce is undefined when another stream, which may have the same nonces, has begun. */
  readonly rejected: Map<string, { readonly nonce: string | undefined; readonly text: string }>;
  /** The types that Envoy needs and has not accepted yet. */
  readonly missing: Set<string>;
}

/** Starts a report about a control plane. */
export function xdsReport(address: string, log: Log, waits = openWaits()): XdsReport {
  const missing: Set<string> = new Set([XDS_TYPE.cluster, XDS_TYPE.listener]);
  const known: Known = {
    address,
    log,
    missing,
    wasConnected: false,
    isDown: false,
    hasReported: false,
    problem: undefined,
    problemLog: logOnce(log, MOST),
    rejected: new Map(),
  };
  return {
    awaits: waits.begin,
    connected(kind) {
      if (!known.wasConnected) log("info", `Connected to the control plane "${address}" (${KINDS[kind]})`);
      known.wasConnected = true;
      known.problem = undefined;
      for (const [type, { text }] of known.rejected) known.rejected.set(type, { nonce: undefined, text });
      return known.hasReported;
    },
    lasted(kind) {
      if (known.isDown) log("info", `Connected to the control plane "${address}" again (${KINDS[kind]})`);
      known.isDown = false;
      known.hasReported = false;
      known.problemLog = logOnce(log, MOST);
    },
    ended: (end) => reportEnd(known, end),
    replaced: () => known.problemLog("warn", "Ended an xDS stream of Envoy: another one has taken its place"),
    verdict: (verdict) => reportVerdict(known, verdict),
    dropped: (typeUrl) =>
      log(
        "debug",
        `Ignored resources of the control plane "${address}" that are not for Envoy: type ${JSON.stringify(shortened(typeUrl))}`,
      ),
    reason() {
      if (missing.size === 0) return undefined;
      const { problem, rejected } = known;
      const cause = causeOf(`control plane "${address}"`, problem, waits.silence());
      const reasons = [...(cause === undefined ? [] : [cause]), ...[...rejected.values()].map(({ text }) => text)];
      return reasons.length === 0 ? undefined : reasons.join("; ");
    },
  };
}

function reportEnd(known: Known, { by, status, isExpected, wasConnected, hint }: XdsEnd): void {
  const { address, problemLog } = known;
  // As when Envoy itself ends.
  if (by === "envoy" && isExpected) return;
  const text = `${statusText(status)}${hint}`;
  known.hasReported = true;
  if (by === "envoy") {
    problemLog("warn", `Ended an xDS stream of Envoy: ${text}${status.message.startsWith(TOO_LARGE) ? LIMIT_SETTING : ""}`);
    return;
  }
  known.problem = `control plane "${address}": ${text}`;
  known.isDown ||= known.wasConnected;
  if (!wasConnected) problemLog("warn", `Cannot connect to the control plane "${address}", Envoy tries again: ${text}`);
  else problemLog(isExpected ? "info" : "warn", `Lost the connection to the control plane "${address}", Envoy connects again: ${text}`);
}

function reportVerdict({ address, log, rejected, missing }: Known, { by, typeUrl, nonce, reason }: Verdict): void {
  const before = rejected.get(typeUrl);
  if (reason === undefined) {
    // A request for other resources has the nonce of the rejected response, too.
    if (before?.nonce === nonce) return;
    rejected.delete(typeUrl);
    if (by === "envoy") missing.delete(typeUrl);
    return;
  }
  if (before === undefined && rejected.size >= MOST) return;
  const text = `${by === "envoy" ? "Envoy" : "attache"} rejected ${oneLine(shortType(typeUrl))} of the control plane "${address}": ${oneLine(reason) || "no reason given"}${extensionAdvice(reason)}`;
  rejected.set(typeUrl, { nonce, text });
  if (before?.text !== text) log("warn", text);
}

function statusText({ code, message }: GrpcStatus): string {
  if (code === CODE.OK) return "it has ended the stream without an error";
  return message === "" ? codeName(code) : `${codeName(code)}: ${oneLine(message)}`;
}

import { extensionProblem } from "./extension-config.ts";
import { CODE, type GrpcStatus, OK, unreadable } from "./grpc-status.ts";
import type { HealthReport } from "./health-step.ts";
import { isExpectedEnd } from "./is-expected-end.ts";
import type { XdsPlan } from "./mesh-plan.ts";
import { trustBundleOf } from "./own-resources.ts";
import type { Pieces } from "./pieces.ts";
import { protoText } from "./protobuf.ts";
import { type RequestHead, type ResponseHead, requestHead, resourcesOf, responseHead, writeRequest, type XdsKind } from "./xds-messages.ts";
import { isForEnvoy, XDS_TYPE } from "./xds-types.ts";

/** What the agent itself does with resources of a stream. */
export type XdsRules = Pick<XdsPlan, "subscribes" | "checksExtensions">;

/** A stream of Envoy and the one to the control plane that belongs to it. */
export interface XdsStream extends XdsRules {
  readonly kind: XdsKind;
  /** The last report about the workload; absent before the first one. */
  readonly health?: HealthReport;
  readonly hasRequestedListeners: boolean;
  /** The version of extension configurations that Envoy has named last; empty before, and with delta. */
  readonly extensionVersion: string;
  readonly isOver: boolean;
}

/**
 * What happens to a stream. Envoy's status is OK when it has ended its side; `health`: the state of the workload has changed; `checked`: the
 * table of names of a response was checked; `closed`: Envoy has opened another stream, or the agent stops.
 */
export type XdsEvent =
  | { readonly kind: "request"; readonly message: Pieces }
  | { readonly kind: "response"; readonly message: Pieces }
  | { readonly kind: "health"; readonly report: HealthReport }
  | { readonly kind: "checked"; readonly head: ResponseHead; readonly problem?: string }
  | { readonly kind: "closed" }
  | { readonly kind: "ended"; readonly by: "envoy" | "control-plane"; readonly status: GrpcStatus };

/** A response that Envoy or the agent has accepted, or has rejected for a reason. */
export interface Verdict {
  readonly by: "envoy" | "agent";
  readonly typeUrl: string;
  readonly nonce: string;
  readonly reason?: string;
}

/** What is done then, in order. */
export type XdsCommand =
  | { readonly kind: "send"; readonly to: "envoy" | "control-plane"; readonly message: Pieces }
  /** The table, which may be large, is checked before the next response; the event `checked` has what is wrong with it. */
  | { readonly kind: "check-name-table"; readonly head: ResponseHead; readonly table: Pieces | undefined }
  | { readonly kind: "name-table" }
  | { readonly kind: "trust-bundle"; readonly roots: readonly string[] }
  | ({ readonly kind: "verdict" } & Verdict)
  | { readonly kind: "dropped"; readonly typeUrl: string }
  /** Envoy's stream ends with the status, and that to the control plane is cancelled. `by`: who counts as its cause; nobody if the agent has ended it. */
  | {
      readonly kind: "end";
      readonly by?: "envoy" | "control-plane";
      readonly status: GrpcStatus;
      readonly isExpected: boolean;
    };

/** The head of a request that is not about a response. */
const UNASKED = { versionInfo: "", responseNonce: "" };

type Step = readonly [XdsStream, readonly XdsCommand[]];

/** Returns a stream that Envoy has opened. `health`: the last report about the workload, if there was one. */
export function newXdsStream(kind: XdsKind, { subscribes, checksExtensions }: XdsRules, health?: HealthReport): XdsStream {
  return {
    kind,
    subscribes,
    checksExtensions,
    ...(health && { health }),
    hasRequestedListeners: false,
    extensionVersion: "",
    isOver: false,
  };
}

/** Returns what an event leads to, and the stream after it (contract 1.30 §13c). */
export function stepXds(stream: XdsStream, event: XdsEvent): Step {
  if (stream.isOver) return [stream, []];
  switch (event.kind) {
    case "request":
      return orEnd(stream, "envoy", () => request(stream, event.message, requestHead(stream.kind, event.message)));
    case "response":
      return orEnd(stream, "control-plane", () => [stream, response(stream, event.message, responseHead(stream.kind, event.message))]);
    case "health":
      return [{ ...stream, health: event.report }, stream.hasRequestedListeners ? [healthRequest(stream.kind, event.report)] : []];
    case "checked":
      return [stream, checked(stream.kind, event.head, event.problem)];
    case "closed":
      return [{ ...stream, isOver: true }, [{ kind: "end", status: OK, isExpected: true }]];
    case "ended":
      return end(stream, event.by, event.status);
  }
}

function end(stream: XdsStream, by: "envoy" | "control-plane", status: GrpcStatus): Step {
  return [{ ...stream, isOver: true }, [{ kind: "end", by, status, isExpected: isExpectedEnd(status) }]];
}

/** A message that cannot be read ends the stream, as in Go's gRPC library. */
function orEnd(stream: XdsStream, by: "envoy" | "control-plane", step: () => Step): Step {
  try {
    return step();
  } catch (error) {
    return end(stream, by, unreadable(error));
  }
}

function request(stream: XdsStream, message: Pieces, { typeUrl, versionInfo, responseNonce, errorDetail }: RequestHead): Step {
  const forward: XdsCommand = { kind: "send", to: "control-plane", message };
  if (typeUrl === XDS_TYPE.health && !stream.hasRequestedListeners) return [stream, []];
  const isVerdict = responseNonce !== "" || errorDetail !== undefined;
  const commands: readonly XdsCommand[] = isVerdict
    ? [forward, { kind: "verdict", by: "envoy", typeUrl, nonce: responseNonce, ...(errorDetail && { reason: errorDetail.message }) }]
    : [forward];
  if (typeUrl === XDS_TYPE.extensionConfig && versionInfo !== "") return [{ ...stream, extensionVersion: versionInfo }, commands];
  if (typeUrl !== XDS_TYPE.listener || stream.hasRequestedListeners) return [stream, commands];
  return [{ ...stream, hasRequestedListeners: true }, [...commands, ...subscriptions(stream)]];
}

function subscriptions({ kind, subscribes, health }: XdsStream): readonly XdsCommand[] {
  const types = [...(subscribes.nameTable ? [XDS_TYPE.nameTable] : []), ...(subscribes.proxyConfig ? [XDS_TYPE.proxyConfig] : [])];
  return [
    ...types.map((typeUrl) => ownRequest(kind, { ...UNASKED, typeUrl })),
    ...(health === undefined ? [] : [healthRequest(kind, health)]),
  ];
}

/** A request of the agent itself; `reason`: what it says is wrong. */
function ownRequest(kind: XdsKind, head: Omit<RequestHead, "errorDetail">, reason?: string): XdsCommand {
  const errorDetail = reason === undefined ? undefined : { code: CODE.INTERNAL, message: reason };
  return { kind: "send", to: "control-plane", message: writeRequest(kind, { ...head, ...(errorDetail && { errorDetail }) }) };
}

function healthRequest(kind: XdsKind, { problem }: HealthReport): XdsCommand {
  return ownRequest(kind, { ...UNASKED, typeUrl: XDS_TYPE.health }, problem);
}

function response(stream: XdsStream, message: Pieces, head: ResponseHead): readonly XdsCommand[] {
  const { kind, subscribes, checksExtensions, extensionVersion } = stream;
  const { typeUrl } = head;
  if (typeUrl === XDS_TYPE.nameTable && subscribes.nameTable)
    return own(kind, message, (table) => [{ kind: "check-name-table", head, table }]);
  if (typeUrl === XDS_TYPE.proxyConfig && subscribes.proxyConfig)
    return own(kind, message, (resource) => trustBundle(kind, head, resource));
  if (typeUrl === XDS_TYPE.extensionConfig && checksExtensions) {
    const problem = extensionProblem(resourcesOf(kind, message));
    if (problem !== undefined) return verdict(kind, { ...head, versionInfo: extensionVersion }, problem);
  }
  return isForEnvoy(typeUrl) ? [{ kind: "send", to: "envoy", message }] : [{ kind: "dropped", typeUrl }];
}

/** Uses the first resource of a response that is for the agent. */
function own(kind: XdsKind, message: Pieces, use: (resource: Pieces | undefined) => readonly XdsCommand[]): readonly XdsCommand[] {
  const resources = resourcesOf(kind, message);
  return resources.length === 0 ? [] : use(resources[0]);
}

function trustBundle(kind: XdsKind, head: ResponseHead, resource: Pieces | undefined): readonly XdsCommand[] {
  try {
    return [{ kind: "trust-bundle", roots: trustBundleOf(resource) }, ...verdict(kind, head)];
  } catch (error) {
    return verdict(kind, head, protoText(error));
  }
}

function checked(kind: XdsKind, head: ResponseHead, problem: string | undefined): readonly XdsCommand[] {
  return problem === undefined ? [{ kind: "name-table" }, ...verdict(kind, head)] : verdict(kind, head, problem);
}

/** Accepts a response on behalf of the agent, or rejects it. */
function verdict(kind: XdsKind, { typeUrl, versionInfo, nonce }: ResponseHead, reason?: string): readonly XdsCommand[] {
  return [
    ownRequest(kind, { typeUrl, versionInfo, responseNonce: nonce }, reason),
    { kind: "verdict", by: "agent", typeUrl, nonce, ...(reason === undefined ? {} : { reason }) },
  ];
}

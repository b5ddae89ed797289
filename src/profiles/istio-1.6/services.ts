import { type AddressParameter, fieldOf, type SocketAddress, socketAddress } from "../../bootstrap/address.ts";
import { keepaliveOf } from "../../bootstrap/keepalive.ts";
import type { Notice } from "../../common/notice.ts";
import { isObject } from "../../go/json.ts";
import type { JsonObject } from "../../go/json-value.ts";
import { joinPath } from "../../go/path.ts";
import type { Bootstrap } from "../profile.ts";
import type { Changes } from "./changes.ts";
import type { Config, Node, Problem, Start } from "./contract.ts";
import { tlsContext, tracerSocket } from "./tls.ts";

/** A service to which Envoy sends statistics or access logs. */
export interface Service {
  readonly address: SocketAddress;
  readonly tlsContext?: JsonObject;
  readonly connectionOptions?: JsonObject;
}

export type Tracer =
  | {
      readonly kind: "zipkin" | "lightstep" | "datadog";
      readonly address: SocketAddress;
      readonly transportSocket?: JsonObject;
      readonly tokenFile?: string;
    }
  | {
      readonly kind: "stackdriver";
      readonly projectId: string;
      readonly debug: boolean;
      readonly annotations: number;
      readonly attributes: number;
      readonly messageEvents: number;
      /** The STS server that issues tokens: its port and the target service, if the release sets them. */
      readonly sts?: { readonly port?: number; readonly target?: string };
      readonly quotaProject: string;
    };

/** Returns an address of the bootstrap; adds a problem and returns undefined for an invalid one (contract 1.6 §7.2). */
export function addressFrom(parameter: AddressParameter, text: string, problems: Problem[]): SocketAddress | undefined {
  const parsed = socketAddress(parameter, text);
  if (parsed.ok) return parsed.value;
  problems.push({ field: fieldOf(parameter), text: parsed.error, showsValue: true });
  return undefined;
}

/** Returns a configured service with TLS and keepalive (contract 1.6 §7.6, §7.7). */
export function serviceOf(
  name: "envoy_metrics_service" | "envoy_accesslog_service",
  settings: Config["envoyMetricsService"],
  node: Node,
  problems: Problem[],
  notices: Notice[],
): Service | undefined {
  const { address: text = "" } = settings ?? {};
  const address = text === "" ? undefined : addressFrom(name, text, problems);
  if (address === undefined) return undefined;
  const tls = tlsContext(name, settings?.tlsSettings, node.metadata);
  notices.push(...tls.notices);
  const keepalive = keepaliveOf(settings);
  return { address, ...(tls.context && { tlsContext: tls.context }), ...(keepalive && { connectionOptions: keepalive }) };
}

/** Returns the tracer and the file with its token (contract 1.6 §7.5). */
export function tracerOf(
  start: Start,
  node: Node,
  changes: Changes,
  problems: Problem[],
  notices: Notice[],
): { readonly tracer?: Tracer; readonly files: Bootstrap["files"] } {
  const { config } = start;
  const { tracing } = config;
  const { stackdriver } = tracing ?? {};
  if (stackdriver !== undefined) return { ...stackdriverOf(start, stackdriver, node, changes, problems), files: [] };
  const kind = (["zipkin", "lightstep", "datadog"] as const).find((each) => tracing?.[each] !== undefined);
  const { address: text = "" } = (kind === undefined ? undefined : tracing?.[kind]) ?? {};
  const address = kind === undefined || text === "" ? undefined : addressFrom(kind, text, problems);
  if (kind === undefined || address === undefined) return { files: [] };
  const tls = tlsContext("tracer", tracing?.tlsSettings, node.metadata);
  notices.push(...tls.notices);
  const base = { kind, address, ...(tls.context && { transportSocket: tracerSocket(tls.context, kind === "lightstep") }) };
  if (kind !== "lightstep") return { tracer: base, files: [] };
  const tokenFile = joinPath(config.configPath ?? "", "lightstep_access_token.txt");
  return { tracer: { ...base, tokenFile }, files: [{ path: tokenFile, text: tracing?.lightstep?.accessToken ?? "" }] };
}

type Stackdriver = NonNullable<NonNullable<Config["tracing"]>["stackdriver"]>;

function stackdriverOf(
  { settings, answers }: Start,
  tracer: Stackdriver,
  node: Node,
  { stackdriverService }: Changes,
  problems: Problem[],
): { readonly tracer?: Tracer } {
  const project = answers.projectId();
  if (!project.ok) {
    problems.push({ field: "tracing.stackdriver", text: `unable to process Stackdriver tracer: ${project.error}` });
    return {};
  }
  const count = (text: string | undefined) => Number(text || 200);
  const platform = node.metadata.PLATFORM_METADATA;
  const port = settings.invocation.flags.int("stsPort");
  const sts = stackdriverService ? { port, target: "cloudtrace.googleapis.com" } : {};
  return {
    tracer: {
      kind: "stackdriver",
      projectId: project.value,
      debug: tracer.debug === true,
      annotations: count(tracer.maxNumberOfAnnotations),
      attributes: count(tracer.maxNumberOfAttributes),
      messageEvents: count(tracer.maxNumberOfMessageEvents),
      ...(port > 0 ? { sts } : {}),
      quotaProject: port > 0 ? String((isObject(platform) && platform["gcp_project"]) || "") : "",
    },
  };
}

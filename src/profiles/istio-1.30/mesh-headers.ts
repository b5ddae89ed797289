import type { Notice } from "../../common/notice.ts";
import type { Environment } from "../../inputs/environment.ts";
import type { CaPlan } from "../../mesh/mesh-plan.ts";
import type { VARIABLE_PREFIXES } from "./variables.ts";

/** Names that gRPC sets itself: upstream's library leaves them out, too. */
const RESERVED = /^(?:content-type|user-agent|te|grpc-(?:encoding|message|message-type|status|timeout))$/;
/** The header with the cluster's id. */
const CLUSTER_ID = "clusterid";
/** Names that HTTP/2 forbids. */
const FORBIDDEN = /^(?:connection|keep-alive|proxy-connection|transfer-encoding|upgrade|http2-settings|host)$/;

/**
 * Returns the gRPC metadata of calls: the cluster's id, and the variables with a prefix, each under the rest of its name. Those that no
 * call can carry are left out with a warning; upstream fails each call because of them (contract 1.30 §13b).
 */
export function headersOf(
  environment: Environment,
  prefix: keyof typeof VARIABLE_PREFIXES,
  clusterId: string,
): { readonly headers: CaPlan["headers"]; readonly notices: readonly Notice[] } {
  const headers: [string, string][] = problemOf(CLUSTER_ID, clusterId) === undefined ? [[CLUSTER_ID, clusterId]] : [];
  const notices: Notice[] = [];
  for (const [variable, value] of environment.pairs) {
    if (!variable.startsWith(prefix)) continue;
    const name = variable.slice(prefix.length).toLowerCase();
    if (RESERVED.test(name)) continue;
    const problem = problemOf(name, value);
    if (problem === undefined) headers.push([name, name.endsWith("-bin") ? base64(value) : value]);
    else notices.push({ level: "warn", text: `Ignoring ${variable}: ${problem}` });
  }
  return { headers, notices };
}

/** Returns a warning if no call can carry the cluster's id. */
export function clusterIdNotices(clusterId: string): readonly Notice[] {
  const problem = problemOf(CLUSTER_ID, clusterId);
  return problem === undefined ? [] : [{ level: "warn", text: `Ignoring ISTIO_META_CLUSTER_ID for the header of calls: ${problem}` }];
}

function problemOf(name: string, value: string): string | undefined {
  if (!/^[0-9a-z_.-]+$/.test(name)) return `"${name}" is not the name of a header: use letters, digits, "_", "-" and "."`;
  if (name === "content-length") return "the length of a call is not known before";
  if (FORBIDDEN.test(name)) return `HTTP/2 does not allow the header "${name}"`;
  return name.endsWith("-bin") || /^[\x20-\x7e]*$/.test(value) ? undefined : "its value must be printable ASCII";
}

/** Binary metadata, by the end of its name, is encoded. */
function base64(value: string): string {
  return new TextEncoder().encode(value).toBase64({ omitPadding: true });
}

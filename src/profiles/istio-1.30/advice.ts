import type { Notice } from "../../common/notice.ts";
import { isMapped, parseIp } from "../../go/ip.ts";
import { familiesOf, isGlobalV6 } from "./addresses.ts";
import type { Node, Settings } from "./contract.ts";

/** Returns warnings about settings that do not have the probable effect. */
export function adviceOf(settings: Settings, { addresses }: Pick<Node, "addresses">, isRendered: boolean): readonly Notice[] {
  return [...(isRendered ? familyNotices(addresses, settings.variables.ISTIO_DUAL_STACK) : []), ...grpcNotices(settings)];
}

/** Returns the warning for a pod whose Envoy does not listen on its first address. */
export function familyNotices(addresses: readonly string[], dualStack: boolean): readonly Notice[] {
  const [first = ""] = addresses;
  if (dualStack || !isGlobalV6(first) || isMappedV4(first) || familiesOf(addresses).allV6) return [];
  return [
    {
      level: "warn",
      text: `Envoy listens on IPv4 only, but the pod's first address is ${first}: set ISTIO_DUAL_STACK=true for a dual-stack pod`,
    },
  ];
}

/** Reports whether an address is IPv4-mapped IPv6. */
function isMappedV4(address: string): boolean {
  const ip = parseIp(address);
  return ip !== undefined && isMapped(ip);
}

/** Returns the warning that the gRPC bootstrap is not written, if it is requested; DISABLE_ENVOY has another warning for that. */
function grpcNotices(settings: Settings): readonly Notice[] {
  const env = settings.variables;
  const { environment } = settings.inputs;
  const isReported = env.DISABLE_ENVOY && settings.invocation.switches.xds.kind === "agent";
  const isRequested = settings.variableText("GRPC_XDS_BOOTSTRAP") !== undefined || environment.get("ISTIO_META_GENERATOR") === "grpc";
  if (isReported || !isRequested || env.GRPC_XDS_BOOTSTRAP === "") return [];
  const text = `Not writing the gRPC bootstrap "${env.GRPC_XDS_BOOTSTRAP}" (GRPC_XDS_BOOTSTRAP): this release of attache serves neither xDS nor certificates to gRPC applications`;
  return [{ level: "warn", text }];
}

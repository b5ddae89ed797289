import type { Notice } from "../../common/notice.ts";
import { isMapped, parseIp } from "../../go/ip.ts";
import { familiesOf, isGlobalV6 } from "./addresses.ts";
import type { Node, Settings } from "./contract.ts";
import { writesGrpcBootstrap } from "./status.ts";

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

/** Returns the warning that the gRPC bootstrap is not written, if it is requested. */
function grpcNotices(settings: Settings): readonly Notice[] {
  const { GRPC_XDS_BOOTSTRAP: path } = settings.variables;
  const { xds } = settings.invocation.switches;
  const isRequested =
    settings.variableText("GRPC_XDS_BOOTSTRAP") !== undefined || settings.inputs.environment.get("ISTIO_META_GENERATOR") === "grpc";
  if (!isRequested || path === "" || writesGrpcBootstrap(settings)) return [];
  const source = xds.kind === "file" ? `file:${xds.directory}` : xds.kind;
  const text = `Not writing the gRPC bootstrap "${path}" (GRPC_XDS_BOOTSTRAP): applications connect to the agent's xDS socket, which --xds ${source} does not open`;
  return [{ level: "warn", text }];
}

import type { Notice } from "../../common/notice.ts";
import { isMapped, parseIp } from "../../go/ip.ts";
import { familiesOf, isGlobalV6 } from "./addresses.ts";
import type { Node, Settings } from "./contract.ts";

/** Warnings of a launch whose application or Envoy will not do what its settings seem to ask for. */
export function adviceOf(settings: Settings, { addresses }: Pick<Node, "addresses">, isRendered: boolean): readonly Notice[] {
  return [...(isRendered ? familyNotices(addresses, settings.variables.ISTIO_DUAL_STACK) : []), ...grpcNotices(settings)];
}

/** Said of a pod that is reached at an address on which its Envoy does not listen. */
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

/** Whether an address is of IPv4, in IPv6's form. */
function isMappedV4(address: string): boolean {
  const ip = parseIp(address);
  return ip !== undefined && isMapped(ip);
}

/** Says that the file is not written to those who ask for it; without Envoy a warning of its own says so. */
function grpcNotices(settings: Settings): readonly Notice[] {
  const env = settings.variables;
  const { environment } = settings.inputs;
  const isSaid = env.DISABLE_ENVOY && settings.invocation.switches.xds.kind === "agent";
  const isWanted = settings.variableText("GRPC_XDS_BOOTSTRAP") !== undefined || environment.get("ISTIO_META_GENERATOR") === "grpc";
  if (isSaid || !isWanted || env.GRPC_XDS_BOOTSTRAP === "") return [];
  const text = `Not writing the gRPC bootstrap "${env.GRPC_XDS_BOOTSTRAP}" (GRPC_XDS_BOOTSTRAP): this release of attache serves neither xDS nor certificates to gRPC applications`;
  return [{ level: "warn", text }];
}

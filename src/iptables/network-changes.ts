import { quote } from "../go/literal.ts";
import { atoi } from "../go/number.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";
import type { NetworkChange } from "../linux/network-change.ts";
import { type CaptureConfig, isTproxy } from "./capture-config.ts";
import { ipNumber, LARGEST } from "./ip-number.ts";
import type { Family } from "./rule.ts";

/** The address from which Envoy connects to the application over IPv6; of IPv4, every address of loopback can be used. */
const PASSTHROUGH = { kind: "address", address: "::6", bits: 128 } as const;

/** Returns the address of release 1.30, if IPv6 needs it. */
export function addressChanges({ hasV6 }: CaptureConfig): readonly NetworkChange[] {
  return hasV6 ? [PASSTHROUGH] : [];
}

/** Returns the rules and routes by which marked packets reach Envoy, for TPROXY. */
export function routeChanges(config: CaptureConfig): Parsed<readonly NetworkChange[]> {
  if (!isTproxy(config) || config.inboundPorts === "") return ok([]);
  const table = atoi(config.routeTable);
  if (!table.ok) return bad(`failed to parse InboundTProxyRouteTable: ${table.error}`);
  const mark = atoi(config.mark);
  if (!mark.ok) return bad(`failed to parse InboundTProxyMark: ${mark.error}`);
  const families: readonly Family[] = config.hasV6 ? [4, 6] : [4];
  return ok([
    ...families.map((family) => ({ kind: "rule", family, mark: mark.value, table: table.value }) as const),
    ...families.map((family) => ({ kind: "route", family, table: table.value }) as const),
  ]);
}

/** The same of release 1.6, which knows TPROXY only for IPv4, and leaves mark and table to `ip`: a mark can have a mask. */
export function plainRouteChanges(config: CaptureConfig): Parsed<readonly NetworkChange[]> {
  if (!isTproxy(config) || config.inboundPorts === "") return ok([]);
  const [markText = "", ...maskTexts] = config.mark.split("/");
  const [mark, ...masks] = [markText, ...maskTexts].map(ipNumber);
  const [mask] = masks;
  if (mark === undefined || masks.length > 1 || (masks.length === 1 && mask === undefined))
    return bad(`Cannot use ${quote(config.mark)} as mark: a number up to ${LARGEST}, or two with a slash: mark and mask (-t)`);
  const table = ipNumber(config.routeTable);
  if (table === undefined) return bad(`Cannot use ${quote(config.routeTable)} as routing table: a number up to ${LARGEST} (-r)`);
  return ok([
    { kind: "rule", family: 4, mark, ...(mask === undefined ? {} : { mask }), table },
    { kind: "route", family: 4, table },
  ]);
}

/** Returns all changes of a configuration; none of routes if mark or table are invalid. */
export function networkChanges(config: CaptureConfig, procedure: "checked" | "plain"): readonly NetworkChange[] {
  const routes = procedure === "plain" ? plainRouteChanges(config) : routeChanges(config);
  return [...addressChanges(config), ...(routes.ok ? routes.value : [])];
}

import { quote } from "../go/literal.ts";
import { atoi } from "../go/number.ts";
import type { CaptureConfig } from "./capture-config.ts";
import { ipNumber, LARGEST } from "./ip-number.ts";
import type { TrafficContract } from "./traffic-contract.ts";

/** Characters by which a value would end its word, its rule or its document. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
const STRUCTURE = /[\x00-\x1f\x7f;{}"'`#\\$]/;
const SEVERAL_WORDS = /\S\s+\S/;

/** A value that becomes part of rules, with the flag that sets it. */
export interface RuleValue {
  readonly flag: string;
  readonly value: string;
}

/** Returns the values that become part of rules as they are. */
export function ruleValues(config: CaptureConfig): readonly RuleValue[] {
  const { v4, v6 } = config.resolvers;
  return [
    { flag: "-p", value: config.proxyPort },
    { flag: "-z", value: config.inboundPort },
    { flag: "-e", value: config.tunnelPort },
    { flag: "-u", value: config.uids },
    { flag: "-g", value: config.gids },
    { flag: "-b", value: config.inboundPorts },
    { flag: "-d", value: config.inboundPortsExcluded },
    { flag: "-c", value: config.interfacesExcluded },
    { flag: "-q", value: config.outboundPorts },
    { flag: "-o", value: config.outboundPortsExcluded },
    { flag: "-k", value: config.virtualInterfaces },
    { flag: "-t", value: config.mark },
    { flag: "ISTIO_OUTBOUND_OWNER_GROUPS", value: config.groups },
    { flag: "ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE", value: config.groupsExcluded },
    ...[...v4, ...v6].map((value) => ({ flag: "/etc/resolv.conf", value })),
  ];
}

/**
 * Returns why values cannot become words of rules; undefined if they can. Upstream passes them on, so that a value can add rules of its own.
 */
export function unsafeValue(values: readonly RuleValue[]): string | undefined {
  const found = values.find(({ value }) => STRUCTURE.test(value) || value.split(",").some((item) => SEVERAL_WORDS.test(item)));
  return (
    found && `Cannot use ${quote(found.value)} in a rule: an item is one word without quotes, semicolons and line breaks (${found.flag})`
  );
}

/** Tables that decide about all traffic: a route there that makes all addresses local cuts the pod off. Table 0 is the main one, too. */
const RESERVED: readonly number[] = [0, 254, 255];

/**
 * Returns why a routing table cannot be used for TPROXY. Release 1.30 takes every number, modulo 2^32, and reports others itself; 1.6 leaves
 * them to `ip`, which also knows names.
 */
export function unsafeTable(table: string, procedure: TrafficContract["procedure"]): string | undefined {
  const number = atoi(table);
  if (procedure === "checked" && !number.ok) return undefined;
  const value = procedure === "plain" ? ipNumber(table) : number.ok ? number.value : undefined;
  if (value !== undefined && value > 0 && value <= LARGEST && !RESERVED.includes(value)) return undefined;
  return `Cannot use ${quote(table)} as routing table: a number from 1 to ${LARGEST} without the tables main (254) and local (255) (-r)`;
}

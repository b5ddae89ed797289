import { argumentOf } from "../../src/cli/argument.ts";
import { canonicalArguments } from "../../src/cli/canonical-arguments.ts";
import type { FlagTable, FlagValues } from "../../src/cli/flag.ts";
import { flagValues } from "../../src/cli/flag-values.ts";
import type { Parsed } from "../../src/go/parsed.ts";
import { environmentOf } from "../../src/inputs/environment.ts";
import type { CaptureConfig } from "../../src/iptables/capture-config.ts";
import type { Rule } from "../../src/iptables/rule.ts";
import type { TrafficContract } from "../../src/iptables/traffic-contract.ts";
import { profiles } from "../../src/profiles/choose.ts";

/** The machine of a test. */
export interface Machine {
  readonly env?: Readonly<Record<string, string>>;
  readonly addresses?: readonly string[];
  readonly passwd?: string;
  readonly resolvConf?: string;
}

/** Returns the contract of a profile. */
export function contractOf(profile: string): TrafficContract {
  const found = profiles().find(({ name }) => name === profile);
  if (found === undefined) throw new Error(`There is no profile ${profile}`);
  return found.traffic();
}

/** Returns the values of arguments, by a table of flags. */
export function valuesOf(args: readonly string[], table: FlagTable): FlagValues<FlagTable> {
  const { flags } = canonicalArguments(args.map(argumentOf), table);
  return flagValues(flags, table).values;
}

/** Completes the configuration of a command line. */
export function configured(profile: string, args: readonly string[], machine: Machine = {}): Parsed<CaptureConfig> {
  const contract = contractOf(profile);
  const environment = environmentOf(Object.entries(machine.env ?? {}));
  const settings = contract.readSettings(valuesOf(args, contract.flags), environment);
  return contract.configure(settings, environment, {
    addresses: () => machine.addresses ?? ["127.0.0.1", "10.244.0.16"],
    passwd: () => machine.passwd ?? "root:x:0:0:root:/root:/bin/sh\n",
    resolvConf: () => ({ ok: true, text: machine.resolvConf ?? "nameserver 10.96.0.10\n" }),
  });
}

/** Returns the configuration of a command line that is valid. */
export function configOf(profile: string, args: readonly string[], machine: Machine = {}): CaptureConfig {
  const config = configured(profile, args, machine);
  if (!config.ok) throw new Error(config.error);
  return config.value;
}

/** Returns the rules of a command line that is valid. */
export function planned(profile: string, args: readonly string[], machine: Machine = {}): readonly Rule[] {
  const plan = contractOf(profile).plan(configOf(profile, args, machine));
  if (!plan.ok) throw new Error(plan.error);
  return plan.value.rules;
}

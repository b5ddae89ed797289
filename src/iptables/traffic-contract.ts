import type { FlagTable, FlagValues } from "../cli/flag.ts";
import type { Notice } from "../common/notice.ts";
import type { Parsed } from "../go/parsed.ts";
import type { Environment } from "../inputs/environment.ts";
import type { CaptureConfig, CaptureInputs, CaptureSettings } from "./capture-config.ts";
import type { Rule } from "./rule.ts";

/** How a release redirects the traffic of a pod. */
export interface TrafficContract {
  readonly flags: FlagTable;
  readonly readSettings: (flags: FlagValues<FlagTable>, environment: Environment) => CaptureSettings;
  /** Completes and validates the settings. */
  readonly configure: (settings: CaptureSettings, environment: Environment, inputs: CaptureInputs) => Parsed<CaptureConfig>;
  /** Returns the rules of a configuration; the notices are for its log. */
  readonly plan: (config: CaptureConfig) => Parsed<TrafficPlan>;
  /** The variables that are printed as they are. */
  readonly shownVariables: readonly string[];
  /** Returns the settings as they are printed. */
  readonly shownConfig: (config: CaptureConfig) => readonly string[];
  /** Whether the error about a missing nft begins with where it is missing. */
  readonly placesMissingNft: boolean;
  /** How rules are applied. */
  readonly procedure: "checked" | "plain";
  /** The command that removes all rules, if the release has one. */
  readonly clean?: CleanContract;
}

export interface TrafficPlan {
  readonly rules: readonly Rule[];
  readonly notices: readonly Notice[];
}

/** How a release removes all rules. */
export interface CleanContract {
  /** Reports whether nothing is changed. */
  readonly isDry: (flags: { readonly bool: (name: "dry-run") => boolean }, environment: Environment) => boolean;
  /** The arguments of iptables, for each family. */
  readonly commands: readonly (readonly string[])[];
  /** The port that DNS requests may be redirected to. */
  readonly dnsPort: string;
}

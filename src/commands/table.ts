import { boolFlag, type Flag, stringFlag } from "../cli/flag.ts";
import { SWITCHES } from "../cli/switches.ts";
import type { Profile } from "../profiles/profile.ts";

/** One subcommand: a row that the parser, the help texts and USAGE.md share. */
export interface Command {
  readonly name: string;
  readonly arguments: string;
  readonly summary: string;
  readonly details: readonly string[];
  readonly flags: (profile: Profile) => readonly Flag[];
  /** Whether unknown flags are ignored with a warning instead of refused (spec 1.6 §1.1, 1.30 §1.3). */
  readonly tolerant: boolean;
}

const FORMAT = stringFlag("format", "bootstrap", "What to print: bootstrap, argv (one argument a line) or launch (all of it as JSON)");

export const COMMANDS: readonly Command[] = [
  {
    name: "proxy",
    arguments: "[sidecar|router|…]",
    summary: "Render the bootstrap, start Envoy and look after it",
    details: [
      "The role is sidecar when none is given. Unknown flags are ignored with a warning; a word after an unknown flag is taken for its value.",
    ],
    flags: (profile) => profile.proxyFlags,
    tolerant: true,
  },
  {
    name: "render",
    arguments: "[sidecar|router|…]",
    summary: "Print what proxy would use with the same words; start nothing, write nothing",
    details: ["Takes every flag of proxy. Warnings go to standard error, so standard output is only the document."],
    flags: (profile) => [FORMAT, ...profile.proxyFlags],
    tolerant: true,
  },
  {
    name: "version",
    arguments: "",
    summary: "Print the release whose contract is followed, and attache's own version",
    details: [],
    flags: () => [
      { ...boolFlag("short", false, "Only the release"), short: "s" },
      { ...stringFlag("output", "", "json or yaml"), short: "o" },
    ],
    tolerant: false,
  },
  { name: "help", arguments: "[command]", summary: "Explain a command", details: [], flags: () => [], tolerant: true },
];

/** Flags every command takes: attache's switches and the profile's root flags. */
export function rootFlags(profile: Profile): readonly Flag[] {
  return [...SWITCHES, ...profile.rootFlags];
}

import { boolFlag, type Flag } from "../cli/flag.ts";
import { SWITCHES } from "../cli/switches.ts";
import type { Profile } from "../profiles/profile.ts";
import { PORT } from "../settings/ports.ts";
import { RENDER_FLAGS, requestFlags, runFlags, versionFlags, waitFlags } from "./flags.ts";

/** One subcommand: a row that the parser, the help texts and USAGE.md share. */
export interface Command {
  readonly name: string;
  readonly arguments: string;
  readonly summary: string;
  readonly details: readonly string[];
  readonly flags: (profile: Profile) => readonly Flag[];
  /** Whether unknown flags are ignored with a warning instead of refused (contract 1.6 §1.1, 1.30 §1.3). */
  readonly tolerant: boolean;
  /** How many words it reads; absent: any number. */
  readonly most?: number;
  /** Whether attache's switches change what it does; absent: only those that hold for every command. */
  readonly takesSwitches?: boolean;
  /** Whether a profile has the command; absent: every one has. */
  readonly isIn?: (profile: Profile) => boolean;
}

/** The commands of a profile. */
export function commandsOf(profile: Profile): readonly Command[] {
  return COMMANDS.filter(({ isIn }) => isIn?.(profile) ?? true);
}

/** What every command and the program itself take beside their tables. */
export const HELP_FLAG: Flag = { ...boolFlag("help", false, "Print this help"), short: "h" };
/** What only the program itself takes, as no command of the releases has it. */
export const VERSION_FLAG: Flag = { ...boolFlag("version", false, "Print attache's version above the help"), short: "v" };

export const COMMANDS: readonly Command[] = [
  {
    name: "proxy",
    arguments: "[sidecar|router|…]",
    summary: "Render the bootstrap, start Envoy and supervise it",
    details: ["The default role is sidecar. Unknown flags are ignored with a warning; a word after an unknown flag is read as its value."],
    flags: (profile) => profile.proxyFlags,
    tolerant: true,
    most: 1,
    takesSwitches: true,
  },
  {
    name: "render",
    arguments: "[sidecar|router|…]",
    summary: "Print what proxy would use with the same arguments; start nothing, write nothing",
    details: ["Takes every flag of proxy. Warnings go to standard error; standard output holds the document alone."],
    flags: (profile) => [...RENDER_FLAGS, ...profile.proxyFlags],
    tolerant: true,
    most: 1,
    takesSwitches: true,
  },
  {
    name: "request",
    arguments: "<method> <path> [<body>]",
    summary: "Send a request to Envoy's admin interface and print the answer",
    details: ["Statuses from 400 on are errors, except 404. One leading slash of <path> is removed."],
    flags: ({ debugPorts: [first, ...others] }) => (first === undefined ? [] : requestFlags([first, ...others])),
    tolerant: false,
    most: 3,
  },
  {
    name: "wait",
    arguments: "",
    summary: "Wait until the proxy is ready, and say what is missing",
    details: [
      "As a postStart hook of the proxy's container it delays the containers after it:",
      '`lifecycle: {postStart: {exec: {command: ["attache", "wait"]}}}`.',
      "The first attempt is after one period; only status 200 counts.",
    ],
    flags: () => waitFlags(`http://localhost:${PORT.ready}/healthz/ready`),
    tolerant: false,
    most: 0,
    isIn: ({ waits }) => waits,
  },
  {
    name: "run",
    arguments: "-- COMMAND [arguments]",
    summary: "Wait until the proxy is ready, run a command, stop the proxy",
    details: [
      "For batch jobs: every signal is passed on to the command. The exit status is the command's, or 128 + signal; 127 if the command does not exist, 126 if it cannot be run; 255 if the proxy is not ready in time. A stop during the wait starts nothing.",
      "Choose --quit by the pod's restartPolicy: always with Never; on-success with OnFailure, which runs a failed command again beside the same proxy; never if the proxy is a native sidecar (an init container with restartPolicy Always), which Kubernetes stops itself.",
    ],
    flags: runFlags,
    tolerant: false,
  },
  {
    name: "version",
    arguments: "",
    summary: "Print the Istio release that is followed, and attache's own version",
    details: [],
    flags: versionFlags,
    tolerant: false,
    most: 0,
  },
  {
    name: "about",
    arguments: "",
    summary: "Print attache's own version, commit, date, runtime, profiles and licence",
    details: [],
    flags: () => [],
    tolerant: false,
    most: 0,
  },
  { name: "help", arguments: "[command]", summary: "Help about any command", details: [], flags: () => [], tolerant: true },
];

/** Flags every command takes: attache's switches and the profile's root flags. */
export function rootFlags(profile: Profile): readonly Flag[] {
  return [...SWITCHES, ...profile.rootFlags];
}

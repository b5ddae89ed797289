import { STATUS } from "../common/exit-status.ts";
import type { Profile } from "../profiles/profile.ts";
import { PORT } from "../settings/ports.ts";
import type { Command, RunnableCommand } from "./command.ts";
import {
  CLEAN_FLAGS,
  DIFF_FLAGS,
  EXPLAIN_FLAGS,
  RENDER_FLAGS,
  type RequestFlags,
  type RunFlags,
  requestFlags,
  runFlags,
  TRAFFIC_FLAGS,
  VALIDATE_FLAGS,
  type VersionFlags,
  versionFlags,
  type WaitFlags,
  waitFlags,
} from "./flags.ts";
import { proxy } from "./proxy.ts";

/** The commands with code. Only `proxy` is loaded with the program. */
export const RUNNABLE: readonly RunnableCommand[] = [
  {
    name: "proxy",
    arguments: "[sidecar|router|…]",
    summary: "Render the bootstrap, start Envoy and supervise it",
    details: [
      "The default role is sidecar. Unknown flags are ignored with a warning; an argument after an unknown flag is read as its value.",
    ],
    flags: (profile) => profile.proxyFlags,
    tolerant: true,
    maxPositionals: 1,
    takesSwitches: true,
    follows: "proxy",
    startsEnvoy: true,
    handlesSignals: true,
    run: proxy,
  },
  {
    name: "render",
    arguments: "[sidecar|router|…]",
    summary: "Print what proxy would use with the same arguments, without starting or writing anything",
    details: [
      "Takes every flag of proxy. Warnings go to standard error; standard output has only the document.",
      "--format chooses the view, --output its notation, --section a part of it. Without the last two and --mask-secrets, every byte is what proxy uses.",
    ],
    flags: (profile) => [...RENDER_FLAGS, ...profile.proxyFlags],
    tolerant: true,
    maxPositionals: 1,
    takesSwitches: true,
    follows: "proxy",
    run: async (call, host) => (await import("./render.ts")).render(call, host),
  },
  {
    name: "explain",
    arguments: "[PATH…] [sidecar|router|…]",
    summary: "Show which inputs a value depends on, and which inputs have no effect and why",
    details: [
      "PATH is a value of the bootstrap (node.cluster, static_resources.clusters[xds-grpc].transport_socket), an argument of Envoy (argv[--concurrency]) or a setting (proxyConfig.discoveryAddress); * is part of a name, ** any number of steps. Without PATH: the values that people ask for most.",
      "Takes every flag of proxy. Each input is left out and the start planned again; nothing is started or written. Secrets are masked.",
      "With --html, all values and inputs are written as a page for a browser, which needs no network. With two sources (--from-file, --from-pid), or --profile given twice, the page has both launches side by side and marks the differences.",
    ],
    flags: (profile) => [...EXPLAIN_FLAGS, ...profile.proxyFlags],
    tolerant: true,
    takesSwitches: true,
    follows: "proxy",
    run: async (call, host) => (await import("./explain.ts")).explain(call, host),
  },
  {
    name: "diff",
    arguments: "[A] [B] [sidecar|router|…]",
    summary: "Show how the plans of two proxies differ",
    details: [
      "A and B are files: a pod, a saved environment or a bootstrap of Envoy. With --from-pid, which may be given twice, a running process is one of them, after the files. A single one is compared with this machine, or with itself under two releases, if --profile is given twice.",
      "Clusters, listeners and other lists are compared by name; a list that differs only in its order is reported as reordered. Colors are used on a terminal, unless NO_COLOR is set. The exit status is 0 if there is no difference, 1 if there is one, and 2 for an error. Secrets are masked.",
    ],
    flags: (profile) => [...DIFF_FLAGS, ...profile.proxyFlags],
    tolerant: true,
    takesSwitches: true,
    follows: "proxy",
    failureStatus: STATUS.notCompared,
    run: async (call, host) => (await import("./diff.ts")).diff(call, host),
  },
  {
    name: "validate",
    arguments: "[sidecar|router|…]",
    summary: "Check the settings, and let Envoy validate the bootstrap, without starting or writing anything",
    details: [
      "Takes every flag of proxy. Each problem is traced to its place in the bootstrap and to the inputs that cause it, by leaving inputs out.",
      "Envoy validates a private copy of the bootstrap and exits. Without an Envoy here, only the settings are checked. With --from-pid, the process's own Envoy is run if it has the files and the user of attache. With --from-file, files of the other machine cannot be checked; what depends on them is listed as unknown.",
      "The exit status is 0 if there is no error, 1 if there is one (with --strict, also for a warning), and 2 if nothing could be checked. Secrets are masked.",
    ],
    flags: (profile) => [...VALIDATE_FLAGS, ...profile.proxyFlags],
    tolerant: true,
    maxPositionals: 1,
    takesSwitches: true,
    follows: "proxy",
    failureStatus: STATUS.notValidated,
    reportsNotices: true,
    handlesSignals: true,
    run: async (call, host) => (await import("./validate.ts")).validate(call, host),
  },
  {
    name: "request",
    arguments: "<method> <path> [<body>]",
    summary: "Send a request to Envoy's admin interface and print the response",
    details: ["Status codes of 400 and above are errors, except 404. One leading slash of <path> is removed."],
    flags: ({ debugPorts: [first, ...others] }) => (first === undefined ? [] : requestFlags([first, ...others])),
    tolerant: false,
    maxPositionals: 3,
    run: async (call, host) => (await import("./request.ts")).request(call, host),
  } satisfies RunnableCommand<RequestFlags | readonly []>,
  {
    name: "wait",
    arguments: "",
    summary: "Wait until the proxy is ready and report what is missing",
    details: [
      "As a postStart hook of the proxy's container, it delays the start of the containers after it:",
      '`lifecycle: {postStart: {exec: {command: ["attache", "wait"]}}}`.',
      "The first attempt is made after one period; only status code 200 means ready.",
    ],
    flags: () => waitFlags(`http://localhost:${PORT.ready}/healthz/ready`),
    tolerant: false,
    maxPositionals: 0,
    isIn: ({ waits }) => waits,
    run: async (call, host) => (await import("./wait.ts")).wait(call, host),
  } satisfies RunnableCommand<WaitFlags>,
  {
    name: "run",
    arguments: "-- COMMAND [arguments]",
    summary: "Wait until the proxy is ready, run a command, then stop the proxy",
    details: [
      "For batch jobs. Every signal is passed on to the command. After a signal to stop during the wait, the command is not started.",
      "The exit status is that of the command, or 128 + signal number. It is 127 if the command does not exist, 126 if it cannot be run, and 255 if the proxy is not ready in time.",
      "Choose --quit to match the pod's restartPolicy: always for Never; on-success for OnFailure, which runs a failed command again next to the same proxy; never if the proxy is a native sidecar (an init container with restartPolicy Always), which Kubernetes stops itself.",
    ],
    flags: runFlags,
    tolerant: false,
    handlesSignals: true,
    run: async (call, host) => (await import("./run-job.ts")).runJob(call, host),
  } satisfies RunnableCommand<RunFlags>,
  {
    name: "istio-iptables",
    arguments: "",
    summary: "Redirect the traffic of the pod to Envoy with iptables or nftables; for the init container",
    details: [
      "Every flag but -p can be set by a variable of its name, such as PROXY_UID for --proxy-uid. The exit status is 1 if rules cannot be applied, and 126 if the validation fails.",
    ],
    flags: (profile) => [...profile.traffic().flags, ...TRAFFIC_FLAGS],
    tolerant: false,
    follows: "iptables",
    ignoresLogFlags: (profile) => profile.traffic().procedure === "plain",
    run: async (call, host) => (await import("./istio-iptables.ts")).istioIptables(call, host),
  },
  {
    name: "istio-clean-iptables",
    arguments: "",
    summary: "Remove the rules of istio-iptables",
    details: ["Failures are ignored. Rules, routes and addresses for TPROXY and IPv6 stay."],
    flags: () => CLEAN_FLAGS,
    tolerant: false,
    ignoresLogFlags: () => true,
    isIn: ({ cleansTraffic }) => cleansTraffic,
    run: async (call, host) => (await import("./istio-clean-iptables.ts")).istioCleanIptables(call, host),
  } satisfies RunnableCommand<typeof CLEAN_FLAGS>,
  {
    name: "version",
    arguments: "",
    summary: "Print the Istio release in use and attache's version",
    details: [],
    flags: versionFlags,
    tolerant: false,
    maxPositionals: 0,
    run: async (call, host) => (await import("./version.ts")).version(call, host),
  } satisfies RunnableCommand<VersionFlags>,
  {
    name: "about",
    arguments: "",
    summary: "Print attache's version, commit, date, runtime, profiles and licence",
    details: [],
    flags: () => [],
    tolerant: false,
    maxPositionals: 0,
    run: async (call, host) => (await import("./about.ts")).about(call, host),
  } satisfies RunnableCommand<readonly []>,
];

/** The command for help, handled like `--help`. */
const HELP: Command = {
  name: "help",
  arguments: "[command]",
  summary: "Help about any command",
  details: [],
  flags: () => [],
  tolerant: true,
};

/** Every command, in the order of help and USAGE.md. */
export const COMMANDS: readonly Command[] = [...RUNNABLE, HELP];

/** Returns the commands of a profile; `runnable`: those of another program than attache. */
export function commandsOf(profile: Profile, runnable: readonly RunnableCommand[] = RUNNABLE): readonly Command[] {
  return [...runnable, HELP].filter(({ isIn }) => isIn?.(profile) ?? true);
}

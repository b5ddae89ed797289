import type { FlagTable } from "../cli/flag.ts";
import type { LogOptions } from "../cli/log-options.ts";
import type { Notice } from "../common/notice.ts";
import { type Environment, environmentOf } from "../inputs/environment.ts";
import { profileNames } from "../profiles/choose.ts";
import type { Invocation } from "../profiles/invocation.ts";
import type { Host } from "./host.ts";
import { proxy } from "./proxy.ts";
import { render } from "./render.ts";
import { type Understood, understand } from "./understand.ts";
import { versionText } from "./version.ts";

type Asked<Kind extends Understood["kind"]> = Extract<Understood, { readonly kind: Kind }>;

const PLAIN_LOG: LogOptions = { targets: [], json: false, level: "info" };

/** Runs the program: words to command to exit status. A person's mistake is told in one message, a bug with its stack. */
export async function run(argv: readonly string[], program: string, host: Host): Promise<number> {
  let understood: Understood | undefined;
  let environment = environmentOf([]);
  try {
    environment = host.readEnvironment();
    understood = understand(argv, environment, program);
    if (understood.kind === "help") return await help(understood, program, host);
    const { command, invocation, choice, notices } = understood;
    if (command.name === "proxy") return await proxy(invocation, choice, notices, environment, host);
    return await runOther(understood, environment, host);
  } catch (error) {
    return await (await import("./report.ts")).report(error, { argv, environment, understood }, host);
  }
}

async function help({ notices, command, choice, version }: Asked<"help">, program: string, host: Host): Promise<number> {
  tell(notices, PLAIN_LOG, host);
  const text = (await import("./help.ts")).helpText(program, command, choice.profile);
  const first = `attache ${host.build.version} (profile ${choice.profile.name})`;
  host.print(version ? [first, "", text].join("\n") : text);
  return 0;
}

/** The commands that start no Envoy. */
async function runOther(
  { command, invocation, positionals, notices }: Asked<"command">,
  environment: Environment,
  host: Host,
): Promise<number> {
  tell(notices, invocation.log, host);
  if (command.name === "run") return await (await import("./run-job.ts")).runJob(invocation, positionals, host);
  const tool = command.name === "render" ? render(invocation, environment, host) : runTool(command.name, invocation, positionals, host);
  return await Promise.race([tool, host.untilStopped()]);
}

/** The commands that ask something and end. */
async function runTool(name: string, invocation: Invocation<FlagTable>, positionals: readonly string[], host: Host): Promise<number> {
  switch (name) {
    case "request":
      return await (await import("./request.ts")).request(invocation, positionals, host);
    case "wait":
      return await (await import("./wait.ts")).wait(invocation, host);
    case "about":
      host.print((await import("./about.ts")).aboutText(host.build, profileNames()));
      return 0;
    default:
      host.print(versionText(invocation, host.build));
      return 0;
  }
}

/** What is odd about the command line; nothing is only of interest where standard output is the answer. */
function tell(notices: readonly Notice[], options: LogOptions, host: Host): void {
  if (notices.length === 0) return;
  const log = host.openLog(options, "stderr");
  for (const { level, text } of notices) log(level, text);
}

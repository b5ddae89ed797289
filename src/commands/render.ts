import { mustBe } from "../cli/switches.ts";
import { UsageError } from "../common/errors.ts";
import { argumentsOf } from "../envoy/options.ts";
import type { Environment } from "../inputs/environment.ts";
import type { Launch } from "../launch/launch.ts";
import type { InvocationWith, RENDER_FLAGS } from "./flags.ts";
import type { Host } from "./host.ts";
import { plan } from "./plan.ts";

/** Prints what `proxy` would use with the same words; starts and writes nothing. @throws UsageError, ConfigError */
export async function render(invocation: InvocationWith<typeof RENDER_FLAGS>, environment: Environment, host: Host): Promise<number> {
  const format = FORMATS[invocation.flags.string("format")];
  if (format === undefined) throw new UsageError(mustBe("format", Object.keys(FORMATS), invocation.flags.string("format")));
  const planned = await plan(invocation, environment, host);
  const launch = { ...planned.launch, notices: [...planned.launch.notices, ...(await planned.advice())] };
  const log = host.openLog(invocation.log, "stderr");
  for (const { level, text } of launch.notices) if (level !== "info" && level !== "debug") log(level, text);
  for (const problem of await xdsProblems(launch, host)) log("warn", problem);
  host.print(format(launch));
  return 0;
}

/** What is wrong with the files that Envoy would take its resources from; `proxy` says it when Envoy runs. */
async function xdsProblems({ xdsDirectory }: Launch, host: Host): Promise<readonly string[]> {
  if (xdsDirectory === undefined) return [];
  const { xdsFileProblems } = await import("../envoy/xds-file.ts");
  return xdsFileProblems(xdsDirectory, host.readFile);
}

const FORMATS: Readonly<Record<string, (launch: Launch) => string>> = {
  bootstrap: bootstrapOf,
  argv: ({ options }) =>
    argumentsOf(options)
      .map((each) => `${each}\n`)
      .join(""),
  launch: (launch) => `${JSON.stringify(launch, null, 2)}\n`,
};

function bootstrapOf({ bootstrap, configFile, withoutEnvoy }: Launch): string {
  if (withoutEnvoy) throw new UsageError("Cannot print a bootstrap: DISABLE_ENVOY is set, so no Envoy is started");
  if (bootstrap === undefined)
    throw new UsageError(
      `Cannot print a bootstrap: none is made, as customConfigFile names "${configFile}", which Envoy reads as it is; --format argv prints the command line`,
    );
  return bootstrap;
}

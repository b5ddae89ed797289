import { mustBe } from "../cli/switches.ts";
import { UsageError } from "../common/errors.ts";
import { argumentsOf } from "../envoy/options.ts";
import type { Planned } from "../launch/plan.ts";
import type { XdsPlan } from "../mesh/mesh-plan.ts";
import type { Unknown } from "../pod/unknown.ts";
import type { CommandCall } from "./command.ts";
import { RENDER_FLAGS, type RenderFlags, SOURCE_FLAGS } from "./flags.ts";
import type { Host } from "./host.ts";
import type { Notation } from "./notation.ts";
import { type PlanCall, type PlanHost, readPlan } from "./plan.ts";

type RenderHost = PlanHost & Pick<Host, "openLog" | "print" | "readFile" | "readNamed" | "readProcess">;

/** Prints what `proxy` would use with the same arguments; starts and writes nothing. @throws UsageError, ConfigError */
export async function render(call: CommandCall<RenderFlags>, host: RenderHost): Promise<number> {
  const { invocation } = call;
  const format = FORMATS[invocation.flags.string("format")];
  if (format === undefined) throw new UsageError(mustBe("format", Object.keys(FORMATS), invocation.flags.string("format")));
  const source = await sourceOf(call, host);
  const { plan, epoch: first, advice } = await readPlan(source.call, source.host);
  const { agent } = plan;
  const epoch = { ...first, notices: [...first.notices, ...(await advice())] };
  const log = host.openLog(invocation.log, "stderr");
  for (const text of source.unknowns()) log("warn", text);
  for (const { level, text } of [...agent.notices, ...epoch.notices]) if (level !== "info" && level !== "debug") log(level, text);
  for (const problem of await xdsProblems(agent, host)) log("warn", problem);
  const text = format({ agent, epoch });
  const notation = notationOf(invocation.flags);
  // Without a notation, every byte is what proxy uses.
  host.print(notation === undefined ? text : (await import("./notation.ts")).notated(text, notation));
  return 0;
}

/** Returns how the view is printed; undefined: as it is. @throws UsageError */
function notationOf(flags: CommandCall<RenderFlags>["invocation"]["flags"]): Notation | undefined {
  const [view, output, section, masks] = [
    flags.string("format"),
    flags.string("output"),
    flags.string("section"),
    flags.bool("mask-secrets"),
  ];
  if (output !== "" && output !== "json" && output !== "yaml") throw new UsageError(mustBe("output", ["json", "yaml"], output));
  const isArgv = view === "argv";
  if (isArgv && output === "yaml")
    throw new UsageError("Cannot print argv as YAML; use --output json, or one argument per line without it");
  if (isArgv && section !== "") throw new UsageError("Cannot use --section together with --format argv");
  if (output === "" && section === "" && !masks) return undefined;
  return { isArgv, masks, ...(output === "" ? {} : { output }), ...(section === "" ? {} : { section }) };
}

/** What is rendered: the plan of this machine, or that of another proxy. */
interface RenderSource {
  readonly call: PlanCall;
  readonly host: PlanHost;
  /** Returns a warning for everything that is not known about it. */
  readonly unknowns: () => readonly string[];
}

async function sourceOf(call: CommandCall<RenderFlags>, host: RenderHost): Promise<RenderSource> {
  // Loaded only for another proxy.
  if (!SOURCE_FLAGS.some(({ name }) => call.invocation.flags.given(name))) return { call, host, unknowns: () => [] };
  const { subjectOf } = await import("./subject.ts");
  const { invocationOf } = await import("./invocation-of.ts");
  const own = RENDER_FLAGS.map(({ name }) => name);
  const subject = subjectOf(call, call.invocation.role, own, host);
  const { choice, invocation } = invocationOf(subject.argv, subject.environment);
  return {
    call: { choice, invocation, environment: subject.environment },
    host: subject,
    unknowns: () => subject.unknowns().map(unknownText),
  };
}

function unknownText({ name, origin, standIn }: Unknown): string {
  return `Not known: ${name} (${origin})${standIn === undefined ? "" : `; shown as ${standIn}`}`;
}

/** Returns the problems with resource files; `proxy` reports them while Envoy runs. */
async function xdsProblems({ services: { xdsDirectory } }: Planned["agent"], host: Pick<Host, "readFile">): Promise<readonly string[]> {
  if (xdsDirectory === undefined) return [];
  const { xdsFileProblems } = await import("../envoy/xds-file.ts");
  return xdsFileProblems(xdsDirectory, host.readFile);
}

const FORMATS: Readonly<Record<string, (planned: Planned) => string>> = {
  bootstrap: bootstrapOf,
  argv: ({ epoch }) =>
    argumentsOf(epoch.options)
      .map((each) => `${each}\n`)
      .join(""),
  launch: ({ agent, epoch }) => `${JSON.stringify({ agent: withoutHeaders(agent), epoch }, null, 2)}\n`,
};

/** Returns a plan without the values of the headers that variables set, which may be secret. */
function withoutHeaders(agent: Planned["agent"]): Planned["agent"] {
  const { mesh } = agent.services;
  if (mesh === undefined) return agent;
  const masked = <Plan extends Pick<XdsPlan, "headers">>(plan: Plan): Plan => ({
    ...plan,
    headers: plan.headers.map(([name, value]) => [name, name === "clusterid" ? value : "***"]),
  });
  const { sds, xds } = mesh;
  const shown = {
    ...mesh,
    ...(sds && { sds: { ...sds, ...(sds.ca && { ca: masked(sds.ca) }) } }),
    ...(xds && { xds: masked(xds) }),
  };
  return { ...agent, services: { ...agent.services, mesh: shown } };
}

function bootstrapOf({ agent, epoch: { bootstrap, configFile } }: Planned): string {
  if (agent.withoutEnvoy) throw new UsageError("Cannot print a bootstrap: DISABLE_ENVOY is set, so Envoy is not started");
  if (bootstrap === undefined)
    throw new UsageError(
      `Cannot print a bootstrap: Envoy reads "${configFile}" unchanged (set by customConfigFile); use --format argv to print the command line`,
    );
  return bootstrap;
}

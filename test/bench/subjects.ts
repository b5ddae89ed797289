import { appendFileSync, copyFileSync, cpSync, existsSync, lstatSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { $ } from "bun";
import { CODE_SETTINGS, RUNTIME_SETTINGS } from "../../build/compile.ts";
import { ROOT } from "../support/subject.ts";
import { createPod, type Pod, type ProfileName } from "./pod.ts";

/** A program with its pod. */
export interface Subject {
  readonly name: string;
  readonly kind: "bare" | "effects" | "attache" | "pilot-agent";
  readonly profile: ProfileName;
  readonly syntax: "JSON" | "YAML";
  readonly command: readonly string[];
  readonly pod: Pod;
}

const TEMPLATE = "envoy_bootstrap_tmpl.json";

/** The suffix of a subject without its status server. */
export const NO_STATUS = ", no status port";

/** The programs of a run, in a temporary directory. */
export interface Programs {
  readonly launcher: string;
  readonly envoy: string;
  readonly bare: string;
  readonly effects: string;
  readonly attache: string;
  readonly pilotAgent?: string;
}

/** Compiles the small programs and copies those to measure: a concurrent build must not replace a running file. */
export async function createPrograms(directory: string, attache: string, pilotAgent: string | undefined): Promise<Programs> {
  if (!existsSync(attache)) throw new Error(`Cannot measure "${attache}": there is no such file; "npm run build" makes it`);
  const programs = { launcher: join(directory, "launcher"), envoy: join(directory, "envoy"), attache: join(directory, "attache") };
  await $`cc -O2 -static -o ${programs.launcher} ${join(import.meta.dir, "launcher.c")}`;
  await $`cc -O2 -static -o ${programs.envoy} ${join(import.meta.dir, "recording-envoy.c")}`;
  copyFileSync(attache, programs.attache);
  const [bare, effects] = [join(directory, "bare"), join(directory, "effects")];
  await buildYardstick("bare.ts", bare);
  await buildYardstick("effects.ts", effects);
  if (pilotAgent) copyFileSync(pilotAgent, join(directory, "pilot-agent"));
  // Unwritten pages of a file would count as the process's dirty memory.
  await $`sync`;
  return { ...programs, bare, effects, ...(pilotAgent ? { pilotAgent: join(directory, "pilot-agent") } : {}) };
}

/** Builds a small program with the settings of attache; its copy of the runtime is left as it is. */
export async function buildYardstick(source: string, outfile: string): Promise<void> {
  const result = await Bun.build({
    entrypoints: [join(import.meta.dir, source)],
    compile: { outfile, ...RUNTIME_SETTINGS },
    ...CODE_SETTINGS,
    define: { "process.env.NODE_ENV": '"production"' },
    root: ROOT,
  });
  if (!result.success) throw new AggregateError(result.logs, `Cannot build ${source}`);
}

/** Returns the subjects in the order of their turns. */
export async function createSubjects(directory: string, programs: Programs): Promise<readonly Subject[]> {
  const make = (kind: Subject["kind"], program: string, profile: ProfileName, syntax: Subject["syntax"], label: string): Subject => {
    const isYardstick = kind === "bare" || kind === "effects";
    const name = isYardstick ? label : `${label} ${profile}, ${syntax}`;
    const home = join(directory, "pods", name.replaceAll(/[ ,]+/g, "-"));
    mkdirSync(home, { recursive: true });
    const pod = createPod(home, profile, syntax, programs.envoy);
    if (kind === "pilot-agent") placeTemplate(home);
    return { name, kind, profile, syntax, pod, command: [program, ...(isYardstick ? [programs.envoy] : pod.args)] };
  };
  const { pilotAgent } = programs;
  return [
    make("bare", programs.bare, "istio-1.30", "JSON", "bare Bun program"),
    make("effects", programs.effects, "istio-1.30", "JSON", "the effects of a start alone"),
    make("attache", programs.attache, "istio-1.30", "JSON", "attache"),
    ...(pilotAgent === undefined ? [] : [make("pilot-agent", pilotAgent, await profileOf(pilotAgent), "JSON", "pilot-agent")]),
    make("attache", programs.attache, "istio-1.6", "JSON", "attache"),
    make("attache", programs.attache, "istio-1.30", "YAML", "attache"),
    make("attache", programs.attache, "istio-1.6", "YAML", "attache"),
  ];
}

/** Returns the same attache without its status server, to measure that server's cost; nothing for others. */
export function withoutStatus(subject: Subject): readonly Subject[] {
  const { kind, name, pod } = subject;
  if (kind !== "attache") return [];
  const directory = `${pod.directory}${NO_STATUS.replaceAll(/[ ,]+/g, "-")}`;
  // The sockets of an earlier run cannot be copied.
  cpSync(pod.directory, directory, { recursive: true, filter: (path) => !lstatSync(path).isSocket() });
  appendFileSync(join(directory, "etc/istio/pod/annotations"), '\nstatus.sidecar.istio.io/port="0"');
  return [{ ...subject, name: `${name}${NO_STATUS}`, pod: { ...pod, directory } }];
}

/** pilot-agent reads its bootstrap template from its image; this is a copy beside the program. */
function placeTemplate(home: string): void {
  const template = join(dirname(process.env["PILOT_AGENT"] ?? ""), TEMPLATE);
  if (!existsSync(template))
    throw new Error(`Cannot measure pilot-agent without its template: put ${TEMPLATE} beside it, out of the same release`);
  mkdirSync(join(home, "var/lib/istio/envoy"), { recursive: true });
  copyFileSync(template, join(home, "var/lib/istio/envoy", TEMPLATE));
}

/** Returns the contract a pilot-agent follows, from its own output. */
async function profileOf(pilotAgent: string): Promise<ProfileName> {
  const text = await $`${pilotAgent} version --short`.quiet().nothrow().text();
  return /\b1\.[0-7]\b/.test(text) ? "istio-1.6" : "istio-1.30";
}

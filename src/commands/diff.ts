import { mustBe } from "../cli/switches.ts";
import { ConfigError, UsageError } from "../common/errors.ts";
import { STATUS } from "../common/exit-status.ts";
import { visibleText } from "../common/visible-text.ts";
import { asJson } from "../explain/as-json.ts";
import { diffText } from "../explain/diff-text.ts";
import { shownChange } from "../explain/explanation-json.ts";
import { pathText } from "../explain/paths.ts";
import { diffPlans, type PlanDiff, type Side } from "../explain/plan-diff.ts";
import { isObject } from "../go/json.ts";
import type { JsonObject } from "../go/json-value.ts";
import { parseExact } from "../inputs/exact-document.ts";
import { collectUnknowns, withNames } from "../pod/unknown.ts";
import { maskSecrets } from "../secrets/mask.ts";
import type { CommandCall } from "./command.ts";
import { DIFF_FLAGS, type DiffFlags } from "./flags.ts";
import type { Host } from "./host.ts";
import { launchOf, plannerOf, titleOf, unknownsText } from "./plan-subject.ts";
import {
  fileSubject,
  givenValues,
  localSubject,
  processSubject,
  readNamedFile,
  type Subject,
  type SubjectHost,
  splitPositionals,
} from "./subject.ts";

type DiffHost = SubjectHost & Pick<Host, "print" | "socketAgent" | "terminal">;

const OUTPUTS: readonly string[] = ["text", "json"];

/** What one side is: a file, a process or this machine, and the release to follow if one is named. */
interface Wanted {
  readonly source: Source | undefined;
  readonly profile: string | undefined;
}

interface Source {
  readonly kind: "file" | "process";
  /** The path, or the process ID. */
  readonly text: string;
}

/** Prints how two plans differ; the status is 1 if they do. @throws UsageError, ConfigError */
export async function diff(call: CommandCall<DiffFlags>, host: DiffHost): Promise<number> {
  const output = call.invocation.flags.string("output");
  if (!OUTPUTS.includes(output)) throw new UsageError(mustBe("output", OUTPUTS, output));
  const { role, others } = splitPositionals(call);
  const [first, second] = sidesOf(sourcesOf(others, call), givenValues("profile", call));
  const [a, b] = [await sideOf(first, call, role, host), await sideOf(second, call, role, host)];
  const found = diffPlans(a.side, b.side);
  if (found.refused.length > 1)
    throw new ConfigError(
      "Cannot compare two starts that are refused",
      found.refused.flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${problem}`)),
    );
  const unknowns = [
    ...a.unknowns(),
    ...b.unknowns().filter((each) => !a.unknowns().some(({ name, origin }) => name === each.name && origin === each.origin)),
  ];
  const isColored =
    host.terminal("stdout") !== undefined && !call.environment.lookup("NO_COLOR") && call.environment.lookup("TERM") !== "dumb";
  const names = [a.side.name, b.side.name] as const;
  const text =
    output === "json"
      ? `${JSON.stringify({ ...shownDiff(found, names), unknown: unknowns }, null, 2)}\n`
      : `${diffText(found, names, isColored)}${found.isSame ? "" : visibleText(unknownsText(unknowns))}`;
  host.print(
    withNames(
      output === "json" ? visibleText(text) : text,
      unknowns.map((each) => ({ ...each, origin: visibleText(each.origin) })),
    ),
  );
  return found.isSame ? STATUS.stopped : STATUS.found;
}

/** Returns a difference as `-o json` prints it: paths as text, secrets masked. */
function shownDiff({ isSame, changes, reordered, refused }: PlanDiff, [a, b]: readonly [string, string]) {
  return {
    a,
    b,
    same: isSame,
    changes: changes.map(shownChange),
    reordered: reordered.map(pathText),
    refused: refused.map(({ name, problems }) => ({ name, problems: problems.map(maskSecrets) })),
  };
}

/** Returns the sources that a call names: the files first. */
function sourcesOf(files: readonly string[], call: CommandCall): readonly Source[] {
  return [
    ...files.map((text) => ({ kind: "file", text }) as const),
    ...givenValues("from-pid", call).map((text) => ({ kind: "process", text }) as const),
  ];
}

function sidesOf(sources: readonly Source[], profiles: readonly string[]): readonly [Wanted, Wanted] {
  const [one, two] = sources;
  if (sources.length > 2) throw new UsageError(`Cannot compare ${sources.length} files and processes; name at most two`);
  if (profiles.length > 2) throw new UsageError("Cannot compare more than two profiles");
  if (profiles.length < 2 && one === undefined)
    throw new UsageError("Cannot compare one plan; name two files or processes, one for this machine, or --profile twice");
  // One source with two releases is compared with itself; with one release, or none, with this machine.
  const last = two ?? (profiles.length === 2 ? one : undefined);
  return [
    { source: one, profile: profiles[0] },
    { source: last, profile: profiles[1] ?? profiles[0] },
  ];
}

interface PlannedSide {
  readonly side: Side;
  readonly unknowns: Subject["unknowns"];
}

async function sideOf({ source, profile }: Wanted, call: CommandCall, role: string | undefined, host: DiffHost): Promise<PlannedSide> {
  const bootstrap = source?.kind === "file" ? bootstrapIn(readNamedFile(source.text, host)) : undefined;
  if (source !== undefined && bootstrap !== undefined)
    return { side: { name: source.text, outcome: { kind: "planned", document: bootstrap }, isBootstrap: true }, unknowns: () => [] };
  // Each side gets its own --profile.
  const own = [...DIFF_FLAGS.map(({ name }) => name), ...(profile === undefined ? [] : ["profile"])];
  const subject = subjectFor(source, call, role, own, host);
  const argv = profile === undefined ? subject.argv : [...subject.argv, `--profile=${profile}`];
  const { launch, line } = launchOf({ ...subject, argv });
  const outcome = await plannerOf(subject)(launch);
  return {
    side: { name: titleOf(subject.name, line.choice.profile), outcome, isBootstrap: false },
    unknowns: subject.unknowns,
  };
}

function subjectFor(
  source: Source | undefined,
  call: CommandCall,
  role: string | undefined,
  own: readonly string[],
  host: DiffHost,
): Subject {
  if (source === undefined) return withoutAgent(localSubject(call, role, own, host), host);
  return source.kind === "file" ? fileSubject(source.text, call, role, own, host) : processSubject(source.text, call, role, own, host);
}

/** Returns the proxy of this machine as if its agent did not run: what the agent wrote is compared with, and its own sockets were not there then. */
function withoutAgent(subject: Subject, host: DiffHost): Subject {
  const unknowns = collectUnknowns();
  return {
    ...subject,
    unknowns: unknowns.list,
    answerQuestions: async (questions, inputs) => {
      const answers = await subject.answerQuestions(questions, inputs);
      const socket = (path: string) => {
        const answer = answers.socket(path);
        const agent = answer === "absent" ? undefined : host.socketAgent(path);
        if (agent === undefined) return answer;
        unknowns.add({ name: `socket "${path}"`, origin: `its server is the agent that runs here, process ${agent}`, standIn: "absent" });
        return "absent";
      };
      return { ...answers, socket };
    },
  };
}

/** Returns the bootstrap that a text is; undefined for a pod or a saved environment. */
function bootstrapIn(text: string): JsonObject | undefined {
  if (!/static_resources|dynamic_resources/.test(text)) return undefined;
  const parsed = parseExact(text);
  if (!parsed.ok || !isObject(parsed.value) || parsed.value["kind"] !== undefined) return undefined;
  // The members of a mapping are JSON values.
  return asJson(parsed.value) as JsonObject;
}

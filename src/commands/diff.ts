import { mustBe } from "../cli/switches.ts";
import { UsageError } from "../common/errors.ts";
import { diffText } from "../explain/diff-text.ts";
import { shownChange } from "../explain/explanation-json.ts";
import { diffPlans, type Side } from "../explain/plan-diff.ts";
import { isObject } from "../go/json.ts";
import type { JsonObject } from "../go/json-value.ts";
import { parseDocument } from "../inputs/document.ts";
import { withNames } from "../pod/unknown.ts";
import { maskSecrets } from "../secrets/mask.ts";
import type { CommandCall } from "./command.ts";
import { DIFF_FLAGS, type DiffFlags } from "./flags.ts";
import type { Host } from "./host.ts";
import { launchOf, plannerOf, titleOf, unknownsText } from "./plan-subject.ts";
import { fileSubject, localSubject, readNamedFile, type Subject, type SubjectHost, splitPositionals } from "./subject.ts";

type DiffHost = SubjectHost & Pick<Host, "print" | "terminal">;

const OUTPUTS: readonly string[] = ["text", "json"];

/** What one side is: a file, or this machine, and the release to follow if one is named. */
interface Wanted {
  readonly file: string | undefined;
  readonly profile: string | undefined;
}

/** Prints how two plans differ; the status is 1 if they do. @throws UsageError, ConfigError */
export async function diff(call: CommandCall<DiffFlags>, host: DiffHost): Promise<number> {
  const output = call.invocation.flags.string("output");
  if (!OUTPUTS.includes(output)) throw new UsageError(mustBe("output", OUTPUTS, output));
  const { role, others } = splitPositionals(call);
  const [first, second] = sidesOf(others, profilesOf(call));
  const [a, b] = [await sideOf(first, call, role, host), await sideOf(second, call, role, host)];
  const found = diffPlans(a.side, b.side);
  const unknowns = [
    ...a.unknowns(),
    ...b.unknowns().filter((each) => !a.unknowns().some(({ name, origin }) => name === each.name && origin === each.origin)),
  ];
  const isColored = host.terminal("stdout") !== undefined && !call.environment.lookup("NO_COLOR");
  const names = [a.side.name, b.side.name] as const;
  const text =
    output === "json"
      ? `${JSON.stringify({ a: names[0], b: names[1], same: found.isSame, changes: found.changes.map(shownChange), refused: found.refused.map(({ name, problems }) => ({ name, problems: problems.map(maskSecrets) })), unknown: unknowns }, null, 2)}\n`
      : `${diffText(found, names, isColored)}${found.isSame ? "" : unknownsText(unknowns)}`;
  host.print(withNames(text, unknowns));
  return found.isSame ? 0 : 1;
}

/** Returns the releases that --profile names, in order; it may be given once for each side. */
function profilesOf({ given }: CommandCall): readonly string[] {
  return given.filter(({ name, variable }) => name === "profile" && variable === undefined).map(({ value }) => value);
}

function sidesOf(files: readonly string[], profiles: readonly string[]): readonly [Wanted, Wanted] {
  const [one, two] = files;
  if (files.length > 2) throw new UsageError(`Cannot compare ${files.length} files; name at most two`);
  if (profiles.length > 2) throw new UsageError("Cannot compare more than two profiles");
  if (files.length < 2 && profiles.length < 2 && one === undefined)
    throw new UsageError("Cannot compare one plan; name two files, a file for this machine, or --profile twice");
  // One file with two releases is compared with itself; with one release, or none, with this machine.
  const last = two ?? (profiles.length === 2 ? one : undefined);
  return [
    { file: one, profile: profiles[0] },
    { file: last, profile: profiles[1] ?? profiles[0] },
  ];
}

interface PlannedSide {
  readonly side: Side;
  readonly unknowns: Subject["unknowns"];
}

async function sideOf({ file, profile }: Wanted, call: CommandCall, role: string | undefined, host: DiffHost): Promise<PlannedSide> {
  const bootstrap = file === undefined ? undefined : bootstrapIn(readNamedFile(file, host));
  if (file !== undefined && bootstrap !== undefined)
    return { side: { name: file, outcome: { kind: "planned", document: bootstrap }, isBootstrap: true }, unknowns: () => [] };
  // Each side gets its own --profile.
  const own = [...DIFF_FLAGS.map(({ name }) => name), ...(profile === undefined ? [] : ["profile"])];
  const subject = file === undefined ? localSubject(call, role, own, host) : fileSubject(file, call, role, own, host);
  const words = profile === undefined ? subject.words : [...subject.words, `--profile=${profile}`];
  const { launch, line } = launchOf({ ...subject, words });
  const outcome = await plannerOf(subject)(launch);
  return {
    side: { name: titleOf(subject.name, line.choice.profile), outcome, isBootstrap: false },
    unknowns: subject.unknowns,
  };
}

/** Returns the bootstrap that a text is; undefined for a pod or a saved environment. */
function bootstrapIn(text: string): JsonObject | undefined {
  if (!/static_resources|dynamic_resources/.test(text)) return undefined;
  const parsed = parseDocument(text);
  if (!parsed.ok || !isObject(parsed.value) || parsed.value["kind"] !== undefined) return undefined;
  // What a JSON or YAML text contains are JSON values, once large integers are texts.
  return JSON.parse(JSON.stringify(parsed.value, (_, each: unknown) => (typeof each === "bigint" ? String(each) : each))) as JsonObject;
}

import { run } from "../../src/commands/run.ts";
import type { ShownExplanation } from "../../src/explain/explanation-json.ts";
import { childrenOf, type Path, pathText } from "../../src/explain/paths.ts";
import type { JsonObject, JsonValue } from "../../src/go/json-value.ts";
import { profiles } from "../../src/profiles/choose.ts";
import { type Case, expand } from "../conformance/cases.ts";
import { fakeHost, PLACES } from "../conformance/fake-host.ts";
import { type RawInput, rawArguments, rawInputs } from "./leave-out.ts";

/** What an ordinary start leads to: the leaves of bootstrap and arguments by path, and all else; undefined if it is refused. */
type Started = { readonly leaves: ReadonlyMap<string, string>; readonly other: string } | undefined;

/** Returns what explain prints for a case with more arguments; undefined for a case that is refused. */
export async function explained(recorded: Case, ...more: readonly string[]): Promise<string | undefined> {
  const at = recorded.args.indexOf("proxy");
  if (at < 0) return undefined;
  const args = [...recorded.args.slice(0, at), "explain", ...more, ...recorded.args.slice(at + 1)];
  const { host } = fakeHost(expand(recorded, PLACES));
  let text = "";
  // The time for combinations is over at once: this is about single inputs.
  let now = 0;
  const clock = { ...host.clock, now: () => (now += 1e6) };
  const exit = await run(["--profile", recorded.profile, ...expand(args, PLACES)], "attache", {
    ...host,
    clock,
    print: (part) => {
      text += String(part);
    },
  });
  return exit === 0 ? text : undefined;
}

/** Starts a proxy as a recorded case does. */
export async function started(recorded: Case): Promise<Started> {
  const { host, launches } = fakeHost(expand(recorded, PLACES));
  await run(["--profile", recorded.profile, ...expand(recorded.args, PLACES)], "attache", host);
  const [launch] = launches;
  if (launch === undefined) return undefined;
  const { bootstrap, options, notices: _, binaryOrigin: __, files, services, ...rest } = launch;
  const argv: Record<string, JsonValue> = {};
  for (const { name, value = true } of options) {
    const before = argv[name];
    argv[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  const parsed: JsonObject = bootstrap === undefined ? {} : (parsedOr(bootstrap) ?? {});
  const leaves = new Map<string, string>();
  collect({ ...parsed, argv }, [], leaves);
  return { leaves, other: JSON.stringify([rest, services, files.map(({ path, mode }) => [path, mode])], withBigints) };
}

/** The values whose explanations are compared: some have many members, some are scalars. */
const VALUES = ["node.*", "argv.*", "admin", "static_resources.*"];

/** Returns what is wrong with the explanations of single values of a case: inputs that they lack, and inputs that do not change them. */
export async function wrongValues(recorded: Case): Promise<readonly string[]> {
  const complete = await started(recorded);
  if (complete === undefined) return [];
  const found = VALUES.filter((pattern) =>
    [...complete.leaves.keys()].some((leaf) => /^\w+/.exec(leaf)?.[0] === /^\w+/.exec(pattern)?.[0]),
  );
  const text = await explained(recorded, ...found, "--output=json");
  if (text === undefined) return ["it is refused"];
  const { values } = JSON.parse(text) as ShownExplanation; // what explain prints
  const wrong: string[] = [];
  for (const { label, without } of givenTo(recorded)) {
    const after = without && (await started(without));
    if (after === undefined) continue;
    const changed = [...new Set([...complete.leaves.keys(), ...after.leaves.keys()])].filter(
      (leaf) => complete.leaves.get(leaf) !== after.leaves.get(leaf),
    );
    for (const { path, dependsOn } of values) {
      const depends = dependsOn.some(({ input }) => input === label);
      const changes = changed.some((leaf) => leaf === path || isBelow(leaf, path) || isBelow(path, leaf));
      if (depends !== changes) wrong.push(`${path} ${changes ? "changes" : "does not change"} without ${label}`);
    }
  }
  return wrong;
}

/** Reports whether a path is that of a member of another one. */
function isBelow(path: string, above: string): boolean {
  return path.startsWith(`${above}.`) || path.startsWith(`${above}[`);
}

/** Returns all inputs of a case, as they are read here. */
function givenTo(recorded: Case): readonly RawInput[] {
  const profile = profiles().find(({ name }) => name === recorded.profile);
  const flags = [...(profile?.proxyFlags ?? []), ...(profile?.rootFlags ?? [])];
  const raw = expand(recorded, PLACES);
  const kindOf = (name: string) => flags.find((flag) => flag.name === name)?.kind;
  return [...rawInputs(raw, profile?.proxyConfig.annotations ?? []), ...rawArguments(raw, kindOf)];
}

/** Returns what is wrong with the explanation of a case: inputs that are missing or were not given, and effects that are not so. */
export async function wrongWith(recorded: Case): Promise<readonly string[]> {
  const complete = await started(recorded);
  if (complete === undefined) return [];
  const text = await explained(recorded, "--all", "--output=json");
  if (text === undefined) return ["it is refused"];
  const { inputs = [], withoutEffect } = JSON.parse(text) as ShownExplanation; // what explain prints
  const given = givenTo(recorded);
  const listed = [...inputs, ...withoutEffect].map(({ input }) => input);
  const known = new Set(given.map(({ label }) => label));
  return [
    ...given.filter(({ label }) => !listed.includes(label)).map(({ label }) => `not listed: ${label}`),
    ...listed.filter((label, at) => listed.indexOf(label) !== at).map((label) => `listed twice: ${label}`),
    ...listed
      .filter((label) => !known.has(label) && !isFromArguments(label, recorded) && !isUnread(label, recorded))
      .map((label) => `not given: ${label}`),
    ...(await Promise.all(given.map((input) => wrongEffect(input, complete, inputs)))).flat(),
  ];
}

async function wrongEffect(
  { label, without }: RawInput,
  complete: NonNullable<Started>,
  effects: NonNullable<ShownExplanation["inputs"]>,
): Promise<readonly string[]> {
  if (without === undefined) return [];
  const after = await started(without);
  const effect = effects.find(({ input }) => input === label);
  if (after === undefined) return effect?.refused === undefined ? [`${label}: a start without it is refused`] : [];
  if (effect?.refused !== undefined) return [`${label}: a start without it is not refused`];
  const changed = [...new Set([...complete.leaves.keys(), ...after.leaves.keys()])].filter(
    (path) => complete.leaves.get(path) !== after.leaves.get(path),
  );
  const paths = (effect?.changes ?? []).map(({ path }) => path);
  // A collection without members is a leaf; whether it has members changes with them.
  const isEmptied = (leaf: string) => [complete, after].some(({ leaves }) => /^(?:\{\}|\[\])$/.test(leaves.get(leaf) ?? ""));
  const covers = (path: string, leaf: string) => leaf === path || isBelow(leaf, path) || (isEmptied(leaf) && isBelow(path, leaf));
  return [
    ...changed.filter((leaf) => !paths.some((path) => covers(path, leaf))).map((leaf) => `${label}: changes ${leaf}, too`),
    ...paths
      .filter((path) => !BESIDE.test(path) && !changed.some((leaf) => covers(path, leaf)))
      .map((path) => `${label}: does not change ${path}`),
    ...(complete.other !== after.other && effect === undefined ? [`${label}: changes the plan of the agent`] : []),
  ];
}

/** The parts of a plan beside bootstrap and arguments. */
const BESIDE = /^(?:proxyConfig|agent|envoy)\b/;

/** Inputs of the command line are not left out here. */
function isFromArguments(label: string, { args }: Case): boolean {
  const [flag = ""] = label.split("=");
  return label === "the role" || flag === "--profile" || args.some((word) => word.split("=")[0] === flag);
}

/** Inputs in files that the functions above do not read. */
function isUnread(label: string, { env = {}, files = {}, args }: Case): boolean {
  return (
    (label === "the override of the bootstrap" && env["ISTIO_BOOTSTRAP_OVERRIDE"] !== undefined) ||
    (label.endsWith(" in the mesh config file") && args.some((word) => word.startsWith("--meshConfig"))) ||
    (/^pod |in pod /.test(label) && Object.keys(files).some((path) => path.includes("istio/pod/")))
  );
}

function collect(value: JsonValue, path: Path, leaves: Map<string, string>): void {
  const children = childrenOf(value);
  if (children.length === 0) leaves.set(pathText(path), JSON.stringify(value));
  for (const [step, child] of children) collect(child, [...path, step], leaves);
}

function parsedOr(text: string): JsonObject | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function withBigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

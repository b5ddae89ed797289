import type { AgentPlan, EpochPlan } from "./plan.ts";

type Part = Exclude<keyof AgentPlan, "services"> | keyof AgentPlan["services"];

/** What the log calls the parts that stay as the agent was started with them. The others cannot change, or hold for the log alone. */
const NAMES: Readonly<Record<Part, string | undefined>> = {
  profile: undefined,
  role: undefined,
  withoutEnvoy: undefined,
  node: undefined,
  // An epoch with another one is refused.
  admin: undefined,
  supervision: "how the agent drains, stops and watches Envoy",
  readiness: "the answers of the status port",
  status: "the answers of the status port",
  xdsDirectory: undefined,
  notices: undefined,
};

/** Returns what a new plan would change of the agent itself, as the log names it: that holds until the agent ends. */
export function unchangedParts(first: AgentPlan, next: AgentPlan): readonly string[] {
  const [before, after] = [partsOf(first), partsOf(next)];
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter((part) => before.get(part) !== after.get(part));
  return [...new Set(changed.flatMap((part) => NAMES[part] ?? []))];
}

function partsOf({ services, ...agent }: AgentPlan): ReadonlyMap<Part, string> {
  // Object.entries forgets the names of the members, which are those of both types.
  const members = Object.entries({ ...agent, ...services }) as readonly (readonly [Part, unknown])[];
  return new Map(members.map(([part, value]) => [part, JSON.stringify(value)]));
}

/** Whether two epochs start the same Envoy, but for their numbers and the file that is named after one. */
export function isSameEnvoy(a: EpochPlan, b: EpochPlan): boolean {
  return JSON.stringify(withoutNumber(a)) === JSON.stringify(withoutNumber(b));
}

function withoutNumber({ binary, directory, bootstrap, configFile, options }: EpochPlan): readonly unknown[] {
  const isNumbered = (name: string, value: string | undefined) =>
    name === "--restart-epoch" || (bootstrap !== undefined && name === "-c" && value === configFile);
  return [binary, directory, bootstrap, options.filter(({ name, value }) => !isNumbered(name, value))];
}

import type { AgentPlan, EpochPlan } from "./plan.ts";

type Part = Exclude<keyof AgentPlan, "services"> | keyof AgentPlan["services"];

/** Names in the log of the parts that keep their value from the agent's start. The others cannot change, or are only for the log. */
const NAMES: Readonly<Record<Part, string | undefined>> = {
  profile: undefined,
  role: undefined,
  withoutEnvoy: undefined,
  node: undefined,
  // An epoch with another address is refused.
  admin: undefined,
  supervision: "how the agent drains, stops and watches Envoy",
  readiness: "the answers of the status port",
  status: "the answers of the status port",
  xdsDirectory: undefined,
  sockets: "the agent's membership of the mesh",
  grpcBootstrap: "the agent's membership of the mesh",
  mesh: "the agent's membership of the mesh",
  notices: undefined,
  advice: undefined,
};

/** Returns the names of the agent's parts that a new plan would change, and that keep their value until the agent exits. */
export function unchangedParts(first: AgentPlan, next: AgentPlan): readonly string[] {
  const [before, after] = [partsOf(first), partsOf(next)];
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter((part) => before.get(part) !== after.get(part));
  return [...new Set(changed.flatMap((part) => NAMES[part] ?? []))];
}

function partsOf({ services, ...agent }: AgentPlan): ReadonlyMap<Part, string> {
  // Object.entries loses the types of the names.
  const members = Object.entries({ ...agent, ...services }) as readonly (readonly [Part, unknown])[];
  return new Map(members.map(([part, value]) => [part, JSON.stringify(value)]));
}

/** Reports whether two epochs start the same Envoy, except for the number and the file named after it. */
export function isSameEnvoy(a: EpochPlan, b: EpochPlan): boolean {
  return JSON.stringify(withoutNumber(a)) === JSON.stringify(withoutNumber(b));
}

function withoutNumber({ binary, directory, bootstrap, configFile, options }: EpochPlan): readonly unknown[] {
  const isNumbered = (name: string, value: string | undefined) =>
    name === "--restart-epoch" || (bootstrap !== undefined && name === "-c" && value === configFile);
  return [binary, directory, bootstrap, options.filter(({ name, value }) => !isNumbered(name, value))];
}

import { describe, expect, test } from "bun:test";
import { DUAL, INJECTED } from "./arguments.ts";
import { type CallFailure, type Ended, type Machine, type MachineSetting, makeFail, openMachine, takeCalls } from "./machine.ts";
import type { State } from "./read-state.ts";

/** A run whose program calls fail in turn. */
interface Scenario {
  readonly name: string;
  readonly setting: MachineSetting;
  readonly args: readonly string[];
  /** Prepares the machine by complete runs of the agent, and by commands. */
  readonly before?: (machine: Machine) => Promise<unknown>;
}

const WATCHED = { isWatched: true, interfaces: DUAL } as const;
const TPROXY = [...INJECTED, "-m", "TPROXY", "--dual-stack"];
const RULE_LESS = "iptables-nft -t nat -D ISTIO_INBOUND -p tcp --dport 15090 -j RETURN";

const SCENARIOS: readonly Scenario[] = [
  { name: "the first rules", setting: WATCHED, args: [...INJECTED, "--dual-stack", "--redirect-dns"] },
  { name: "the first rules of TPROXY", setting: { ...WATCHED, programs: ["legacy"] }, args: [...TPROXY, "--force-iptables-binary=legacy"] },
  {
    name: "rules that are reconciled",
    setting: WATCHED,
    args: [...INJECTED, "--dual-stack", "--reconcile"],
    before: async (machine) => {
      await machine.agent([...INJECTED, "--dual-stack"]);
      await machine.sh(RULE_LESS);
    },
  },
  {
    name: "rules that are removed",
    setting: WATCHED,
    args: [...INJECTED, "--dual-stack", "--cleanup-only"],
    before: (machine) => machine.agent([...INJECTED, "--dual-stack"]),
  },
  {
    name: "release 1.6",
    setting: { ...WATCHED, programs: ["plain"], interfaces: { eth0: ["fd00:10:244::16/64"] } },
    args: ["--profile", "istio-1.6", ...INJECTED],
  },
  { name: "native nftables", setting: { ...WATCHED, programs: [] }, args: [...TPROXY, "--native-nftables"] },
];

const WAYS = ["status", "killed", "hangs"] as const;

/** What a run with a failure has left. */
interface Outcome extends CallFailure {
  readonly verdict: string;
}

async function prepared({ setting, before }: Scenario): Promise<Machine> {
  const machine = await openMachine(setting);
  // Rules of somebody else, which stay.
  await machine.sh("iptables-nft -t filter -A INPUT -p tcp --dport 9999 -j ACCEPT");
  await before?.(machine);
  await takeCalls(machine);
  return machine;
}

/** Runs with one call that fails. */
async function withFailure(scenario: Scenario, failure: CallFailure, complete: State): Promise<Outcome> {
  await using machine = await prepared(scenario);
  const old = await machine.state();
  await makeFail(machine, failure);
  const ended = await machine.agent(scenario.args);
  await takeCalls(machine);
  return { ...failure, verdict: await verdictOn(machine, ended, old, complete) };
}

async function verdictOn(machine: Machine, ended: Ended, old: State, complete: State): Promise<string> {
  const state = await machine.state();
  const isDone = ended.status === 0;
  const expected = isDone ? complete : old;
  if (Bun.deepEquals(state, expected)) return isDone ? "done" : "as before";
  // An address or a route alone redirects nothing.
  const changed = tablesThatDiffer(expected, state);
  if (!isDone && changed.length === 0) return "as before";
  const problems = `${ended.out}${ended.err}`.split("\n").filter((line) => line.includes("\terror\t"));
  const unnamed = changed.filter((table) => !problems.some((line) => new RegExp(`\\b${table}\\b`).test(line)));
  if (unnamed.length > 0)
    return `exit status ${ended.status}, but ${unnamed} not named: ${differences(state, expected)}; ${problems.join("\n")}`;
  const commands = problems.flatMap((line) => /(?:undo|remove them) with "([^"]+)"/.exec(line)?.[1] ?? []);
  if (commands.length === 0) return `no command: ${problems.join("\n")}`;
  const [undo] = commands.filter((command) => command.startsWith("attache "));
  return undo === undefined ? "named" : await verdictOnUndo(machine, undo);
}

/** Runs the command that a message names. */
async function verdictOnUndo(machine: Machine, undo: string): Promise<string> {
  const { status, out } = await machine.runGranted(["/bin/sh", "-c", `attache() { /run/agent "$@"; }\n${undo}`]);
  const ours = Object.entries(await machine.state()).filter(([chain, rules]) => /istio|-p 255/i.test(`${chain} ${rules}`));
  return status === 0 && ours.length === 0 ? "named" : `${undo}: exit status ${status}, leaves ${JSON.stringify(ours)}: ${out.slice(-500)}`;
}

/** Returns the names of tables whose chains differ. */
function tablesThatDiffer(one: State, other: State): readonly string[] {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  const tables = [...keys]
    .filter((key) => key.includes(" ") && !Bun.deepEquals(one[key], other[key]))
    .map((key) => key.split(" ").at(-2) ?? "");
  return [...new Set(tables)];
}

function differences(state: State, wanted: State): string {
  const keys = new Set([...Object.keys(state), ...Object.keys(wanted)]);
  return [...keys]
    .filter((key) => !Bun.deepEquals(state[key], wanted[key]))
    .map((key) => `${key}: ${state[key]?.join(" | ")}`)
    .join("; ");
}

/** Every call fails in every way; absent: of calls of a kind one, and each kind in one way. */
const IS_LONG = Boolean(process.env["ATTACHE_ALL_CASES"]);

/** Returns the calls that are to fail, and how each of them is to. */
function failing(calls: readonly string[]): readonly CallFailure[] {
  const numbered = calls.map((call, index) => {
    // The file of a document has another name every time.
    const [program] = /^\S+-restore(?= --noflush \/)/.exec(call) ?? [];
    if (program !== undefined) return { call, pattern: new RegExp(`^${program} `) };
    return { call, occurrence: calls.slice(0, index + 1).filter((each) => each === call).length };
  });
  if (IS_LONG) return numbered.flatMap((each) => WAYS.map((how) => ({ ...each, how })));
  const kinds = new Map(numbered.map((each) => [kindOf(each.call), each] as const));
  return [...kinds.values()].map((each, index) => {
    const how = WAYS[index % WAYS.length] ?? "status";
    // A program that may wait for a lock has half a minute more.
    return { ...each, how: how === "hangs" && each.call.includes("--wait") ? "killed" : how };
  });
}

/** What a call is: its program, and what that does with a table. */
function kindOf(call: string): string {
  return (/^\S+( (-t \S+ -[A-Z]|\S+))?/.exec(call)?.[0] ?? call) + (call.includes("-p 255") ? " of a probe" : "");
}

describe.each(SCENARIOS)("$name", (scenario) => {
  test("whatever call fails, the rules are the old ones, all the new ones, or the tables that changed are named", async () => {
    await using whole = await prepared(scenario);
    expect(await whole.agent(scenario.args)).toMatchObject({ status: 0 });
    const complete = await whole.state();
    const cases = failing(await takeCalls(whole));
    const outcomes: Outcome[] = [];
    // A call that hangs takes no processor: many at a time.
    for (let from = 0; from < cases.length; from += 16) {
      const part = cases.slice(from, from + 16);
      outcomes.push(...(await Promise.all(part.map((failure) => withFailure(scenario, failure, complete)))));
    }
    expect(outcomes.filter(({ verdict }) => !["done", "as before", "named"].includes(verdict))).toEqual([]);
  }, 1_800_000);
});

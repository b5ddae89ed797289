import { expect, test } from "bun:test";
import { untilTrue } from "../support/eventually.ts";
import { DUAL, INJECTED } from "./arguments.ts";
import { callsOf, letGo, type Machine, makeFail, openMachine, takeCalls } from "./machine.ts";

const ARGUMENTS = [...INJECTED, "--dual-stack"];

/** Starts the agent, sends it a signal while a program of it runs, and returns its exit status. */
async function interrupted(machine: Machine, args: readonly string[], pattern: RegExp, signal: NodeJS.Signals): Promise<number> {
  await makeFail(machine, { pattern, how: "waits" });
  const agent = machine.startAgent(args);
  agent.stdin.end();
  await untilTrue(async () => (await callsOf(machine)).some((call) => pattern.test(call)));
  agent.kill(signal);
  await letGo(machine);
  await Promise.all([agent.stdout.text(), agent.stderr.text()]);
  return await agent.exited;
}

test.each([
  [/-A INPUT -p 255/, "SIGTERM", 143],
  [/^iptables-nft-restore/, "SIGINT", 130],
  [/^ip6tables-nft-restore/, "SIGTERM", 143],
] as const)("rules are complete after a signal in the call %s", async (pattern, signal, status) => {
  await using whole = await openMachine({ interfaces: DUAL });
  await whole.agent(ARGUMENTS);
  await using machine = await openMachine({ interfaces: DUAL, isWatched: true });
  expect(await interrupted(machine, ARGUMENTS, pattern, signal)).toBe(status);
  expect(await machine.state()).toEqual(await whole.state());
});

test("no rule that drops all traffic is left by a signal while rules are replaced", async () => {
  await using machine = await openMachine({ interfaces: DUAL, isWatched: true });
  await machine.agent(ARGUMENTS);
  const complete = await machine.state();
  await machine.sh("iptables-nft -t nat -D ISTIO_INBOUND -p tcp --dport 15090 -j RETURN");
  await takeCalls(machine);
  expect(await interrupted(machine, [...ARGUMENTS, "--reconcile"], /-I OUTPUT 1 -p udp/, "SIGTERM")).toBe(143);
  expect(await machine.state()).toEqual(complete);
});

test("a validation ends at a signal", async () => {
  await using machine = await openMachine();
  const agent = machine.startAgent([...INJECTED, "--skip-rule-apply", "--run-validation", "--probe-timeout=60s"], { uid: 1337 });
  agent.stdin.end();
  const reader = agent.stdout.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toContain("Listening on");
  agent.kill("SIGTERM");
  expect(await agent.exited).toBe(143);
});

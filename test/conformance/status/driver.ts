import { readFileSync } from "node:fs";
import { makeMachine, runOrFail } from "../machine.ts";
import { type Spec, startAgent } from "./agent.ts";
import type { Observation, Result } from "./case.ts";
import { doStep } from "./do-step.ts";
import { scriptedServer } from "./scripted-server.ts";

/*
 * Runs in the namespaces of one case, as their first process: makes the machine, starts servers and agent, does the
 * steps, prints what it saw as one line of JSON. What still runs at its end is ended by the kernel.
 */
const spec: Spec = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
makeMachine(spec.recorded.interfaces, spec.root);
process.umask(0o022);
console.log(JSON.stringify(await perform(spec)));
process.exit();

async function perform({ recorded }: Spec): Promise<Result> {
  for (const address of recorded.loopback ?? []) runOrFail(["ip", "addr", "add", address, "dev", "lo"]);
  const servers = new Map(Object.entries(recorded.servers ?? {}).map(([name, given]) => [name, scriptedServer(given)]));
  for (const server of servers.values()) await server.start();
  const clock = { since: performance.now() };
  const agent = recorded.args === undefined ? undefined : await startAgent(spec, recorded.args);
  const launched = agent === undefined ? {} : { launched: agent.hasLaunched() };
  const exit = agent?.exit();
  if (exit !== undefined && launched.launched === false) return { launched: false, exit };
  const steps: Observation[] = [];
  for (const step of recorded.steps) steps.push(await doStep({ spec, servers, agent }, step, clock));
  return { ...launched, steps };
}

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Agent, type Spec, surroundings } from "./agent.ts";
import { askUntil, PAUSE, RETRY_SECONDS } from "./ask.ts";
import type { Observation, RequestStep, RunStep, Step, Watch } from "./case.ts";
import { keep } from "./keep.ts";
import type { Received } from "./script.ts";
import type { ScriptedServer } from "./scripted-server.ts";

/** What the steps of a case act on. */
export interface Stage {
  readonly spec: Spec;
  readonly servers: ReadonlyMap<string, ScriptedServer>;
  /** Of a case without one, a step that needs it fails. */
  readonly agent: Agent | undefined;
}

/** Limits in seconds. */
const RUN_LIMIT = 15;
const AWAIT_LIMIT = 5;
const ASKS_STATUS_PORT = "--debug-port=15020";

/** Does one step. `since` is when the last signal or request was made, `now` sets it. */
export async function doStep(stage: Stage, step: Step, clock: { since: number }): Promise<Observation> {
  const watched = step.watch === undefined ? [] : watchedServers(stage, step.watch);
  // Of a request only what it causes is looked at.
  if ("request" in step) for (const [, server] of watched) server.take();
  const seen = await act(stage, step, clock);
  if (step.watch === undefined) return seen;
  const received = watched.map(([name, server, names]) => [name, server.take().map((each) => viewOf(each, names))] as const);
  return { ...seen, received: Object.fromEntries(received) };
}

async function act(stage: Stage, step: Step, clock: { since: number }): Promise<Observation> {
  if ("request" in step) return doRequest(step, clock);
  if ("run" in step) return doRun(step, stage.spec);
  if ("exit" in step) return untilExit(agentOf(stage), step.exit, step.timed === true, clock);
  if ("envoy" in step) return { envoyRuns: agentOf(stage).envoys().length > 0 };
  if ("set" in step) for (const [name, routes] of Object.entries(step.set)) serverOf(stage, name).change(routes);
  if ("stop" in step) serverOf(stage, step.stop).stop();
  if ("start" in step) await serverOf(stage, step.start).start();
  if ("signal" in step) agentOf(stage).signal(step.signal);
  if ("endEnvoy" in step) for (const pid of agentOf(stage).envoys()) process.kill(pid, `SIG${step.endEnvoy}`);
  if ("signal" in step || "endEnvoy" in step) clock.since = performance.now();
  if ("pause" in step) await Bun.sleep(step.pause * 1000);
  if ("await" in step) {
    const server = serverOf(stage, step.await);
    await holds(() => server.count() >= (step.count ?? 1), step.seconds ?? AWAIT_LIMIT);
  }
  if ("file" in step) {
    const path = join(stage.spec.root, "w", step.file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, step.text);
  }
  return {};
}

async function doRequest(step: RequestStep, clock: { since: number }): Promise<Observation> {
  const started = performance.now();
  const asking = await askUntil(step);
  clock.since = performance.now();
  const seconds = step.timed ? { seconds: secondsSince(started) } : {};
  if ("error" in asking) return { error: asking.error, ...seconds };
  const body = keep(asking.text, step.body ?? "exact");
  const headers = step.headers?.map((name) => [name, asking.headers.get(name) ?? null] as const);
  return {
    status: asking.status,
    ...(body === undefined ? {} : { body }),
    ...(headers === undefined ? {} : { headers: Object.fromEntries(headers) }),
    ...seconds,
  };
}

/** Runs a command of the agent to its end, again while it asks a status port that is still starting, as requests are made again. */
async function doRun(step: RunStep, spec: Spec): Promise<Observation> {
  const started = performance.now();
  for (;;) {
    const { observation, isRefused } = await runOnce(step, spec);
    if (!isRefused || !step.run.includes(ASKS_STATUS_PORT) || secondsSince(started) > RETRY_SECONDS) return observation;
    await Bun.sleep(PAUSE);
  }
}

/** Runs a command once. A failing one's output is not part of the recordings. */
async function runOnce({ run, limit = RUN_LIMIT, stdout = "exact", timed }: RunStep, spec: Spec) {
  const started = performance.now();
  const child = Bun.spawn([...spec.command, ...run], { ...surroundings(spec), stdio: ["ignore", "pipe", "pipe"] });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, limit * 1000);
  const [exit, out, err] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  clearTimeout(timer);
  console.error(err);
  const isRefused = err.includes("connection refused");
  if (isLate) return { observation: { error: "timeout" }, isRefused };
  const seen = { exit, ...(timed ? { seconds: secondsSince(started) } : {}) };
  const kept = exit === 0 ? keep(out, stdout) : undefined;
  return { observation: kept === undefined ? seen : { ...seen, stdout: kept }, isRefused };
}

async function untilExit(agent: Agent, limit: number, isTimed: boolean, clock: { since: number }): Promise<Observation> {
  await holds(() => agent.exit() !== undefined, limit);
  const exit = agent.exit();
  if (exit === undefined) return { exit: "still running" };
  return { exit, ...(isTimed ? { seconds: secondsSince(clock.since) } : {}) };
}

function watchedServers(stage: Stage, watch: Watch): readonly (readonly [string, ScriptedServer, readonly string[]])[] {
  const entries = isNames(watch) ? watch.map((name) => [name, []] as const) : Object.entries(watch);
  return entries.map(([name, names]) => [name, serverOf(stage, name), names] as const);
}

function isNames(watch: Watch): watch is readonly string[] {
  return Array.isArray(watch);
}

/** A request as the recordings have it: its line, and the headers and other words asked for. */
function viewOf(received: Received, names: readonly string[]): Observation {
  const others: Readonly<Record<string, string>> = { peer: received.peer, local: received.local, body: received.body };
  const named = names.filter((word) => !Object.hasOwn(others, word));
  return {
    request: `${received.method} ${received.target}`.trim(),
    ...Object.fromEntries(names.flatMap((word) => (Object.hasOwn(others, word) ? [[word, others[word]]] : []))),
    ...(named.length === 0 ? {} : { headers: Object.fromEntries(named.map((word) => [word, received.headers.get(word) ?? null])) }),
  };
}

function serverOf({ servers }: Stage, name: string): ScriptedServer {
  const server = servers.get(name);
  if (server === undefined) throw new Error(`The case has no server "${name}"`);
  return server;
}

function agentOf({ agent }: Stage): Agent {
  if (agent === undefined) throw new Error("The case starts no agent");
  return agent;
}

/** Waits until a condition holds, at most so many seconds; what it waited for is looked at afterwards. */
async function holds(condition: () => boolean, seconds: number): Promise<void> {
  for (const end = performance.now() + seconds * 1000; !condition() && performance.now() < end; ) await Bun.sleep(10);
}

/** The recordings round to whole seconds. */
function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 1000);
}

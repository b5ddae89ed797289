import type { Envoys } from "../../commands/host.ts";
import { ConfigError } from "../../common/errors.ts";
import { argumentsOf } from "../../envoy/options.ts";
import type { EpochPlan } from "../../launch/plan.ts";
import type { Event } from "../../supervisor/state.ts";
import { eventQueue } from "../event-queue.ts";
import { nodeFs } from "../files/libc-files.ts";
import { trackChild } from "../linux/own-children.ts";
import { NO_LIBC, startLibc } from "../linux/start-libc.ts";
import { listenForSignals } from "../listen-for-signals.ts";
import { startFailure } from "./start-failure.ts";

/**
 * Listens for signals, and starts and signals Envoys. @throws ConfigError where the C library cannot be
 * called, without which orphans are not reaped and Envoy outlives a killed agent
 */
export function openEnvoys(): Envoys {
  if (startLibc === undefined) throw new ConfigError("Cannot supervise Envoy", [NO_LIBC]);
  const queue = eventQueue<Event>();
  const children = new Map<number, Bun.Subprocess>();
  const { isAskedToStop, suspend } = listenForSignals(queue.push);
  return {
    events: queue.events,
    push: queue.push,
    isAskedToStop,
    suspend,
    pid: (epoch) => children.get(epoch)?.pid,
    signal: (epoch, signal) => children.get(epoch)?.kill(signal),
    start(plan) {
      const { epoch } = plan;
      try {
        const child = spawn(plan, (code, signal) => {
          if (children.get(epoch) === child) children.delete(epoch);
          queue.push({ kind: "exited", epoch, exit: { code, signal } });
        });
        children.set(epoch, child);
        void tie(child, (problem) => queue.push({ kind: "parent-death-unset", epoch, problem }));
        return undefined;
      } catch (error) {
        return startFailure(plan, error);
      }
    },
  };
}

/** How long the news of an end may take, in milliseconds. */
const END_NEWS = 1_000;

/** Makes Envoy end with this process; loaded only now, as Envoy's start must not wait for it. */
async function tie(child: Bun.Subprocess, failed: (problem: string) => void): Promise<void> {
  const socket = child.stdio[3];
  if (socket === undefined || socket === null) return;
  const { setParentDeathSignal } = await import("./parent-death.ts");
  if (child.exitCode !== null || child.signalCode !== null) return nodeFs().closeSync(socket);
  const { problem, release } = setParentDeathSignal(child.pid, socket);
  // Most often it has ended meanwhile, which nobody has heard of yet.
  if (problem !== undefined && (await Promise.race([child.exited, Bun.sleep(END_NEWS)])) === undefined) failed(problem);
  await child.exited;
  release();
}

type Ended = (code: number | null, signal: string | number | null) => void;

/**
 * Envoy gets our standard output and error as they are and nothing on standard input; without changes also our environment byte for
 * byte. It runs in a session of its own, so that the keys of a terminal signal the agent alone, which then drains it.
 */
function spawn(plan: EpochPlan, ended: Ended): Bun.Subprocess {
  return trackChild(
    Bun.spawn([plan.binary, ...argumentsOf(plan.options)], {
      // The last is what `tie` needs; when PID 1 ends, the kernel ends all others itself.
      stdio: ["ignore", "inherit", "inherit", ...(process.pid === 1 ? [] : (["socket-fd"] as const))],
      ...processOptions(plan),
      detached: true,
      onExit: (_, code, signal) => ended(signal === null ? code : null, signalOf(signal)),
    }),
  );
}

/** Environment and user of an Envoy, as options of a spawn; nothing where they are ours. */
export function processOptions({ environment, user }: EpochPlan): {
  readonly env?: Record<string, string | undefined>;
  readonly uid?: number;
  readonly gid?: number;
} {
  const { set, unset } = environment;
  const isChanged = Object.keys(set).length > 0 || unset.length > 0;
  return {
    ...(isChanged ? { env: { ...process.env, ...set, ...Object.fromEntries(unset.map((name) => [name, undefined])) } } : {}),
    ...(user ?? {}),
  };
}

/** Real-time signals come as numbers, the others by name, whatever the type says. */
function signalOf(signal: unknown): string | number | null {
  return typeof signal === "string" || typeof signal === "number" ? signal : null;
}

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
 * Listens for signals, and starts and signals Envoys. @throws ConfigError when the C library is not available, which reaping orphans and
 * ending Envoy with the agent require
 */
export function openEnvoys(): Envoys {
  if (startLibc === undefined) throw new ConfigError("Cannot supervise Envoy", [NO_LIBC]);
  const queue = eventQueue<Event>();
  const children = new Map<number, Bun.Subprocess>();
  const { isStopRequested, suspend } = listenForSignals(queue.push);
  return {
    events: queue.events,
    push: queue.push,
    isStopRequested,
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
        void endWithAgent(child, (problem) => queue.push({ kind: "parent-death-unset", epoch, problem }));
        return undefined;
      } catch (error) {
        return startFailure(plan, error);
      }
    },
  };
}

/** Milliseconds within which the exit of a child is reported. */
const EXIT_REPORT = 1_000;

/** Sets the parent-death signal of a child with a socket as descriptor 3; loaded only now, so that the start of Envoy does not wait for it. */
export async function endWithAgent(child: Bun.Subprocess, failed: (problem: string) => void): Promise<void> {
  const socket = child.stdio[3];
  if (socket === undefined || socket === null) return;
  const { setParentDeathSignal } = await import("./parent-death.ts");
  if (child.exitCode !== null || child.signalCode !== null) return nodeFs().closeSync(socket);
  const { problem, release } = setParentDeathSignal(child.pid, socket);
  // In most cases it has exited meanwhile, which has not been reported yet.
  if (problem !== undefined && (await Promise.race([child.exited, Bun.sleep(EXIT_REPORT)])) === undefined) failed(problem);
  await child.exited;
  release();
}

type OnExit = (code: number | null, signal: string | number | null) => void;

/**
 * Starts Envoy with the standard output and error of the agent and no standard input. An unchanged environment is passed on byte for byte.
 * Envoy runs in its own session, so that Ctrl-C at a terminal signals only the agent, which then drains Envoy.
 */
function spawn(plan: EpochPlan, onExit: OnExit): Bun.Subprocess {
  return trackChild(
    Bun.spawn([plan.binary, ...argumentsOf(plan.options)], {
      // The socket is for `endWithAgent`; when PID 1 ends, the kernel ends all other processes itself.
      stdio: ["ignore", "inherit", "inherit", ...(process.pid === 1 ? [] : (["socket-fd"] as const))],
      ...processOptions(plan),
      detached: true,
      onExit: (_, code, signal) => onExit(signal === null ? code : null, signalOf(signal)),
    }),
  );
}

/** Returns environment and user of an Envoy as spawn options; empty where they are unchanged. */
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

/** Real-time signals are numbers, others are names, whatever the declared type. */
function signalOf(signal: unknown): string | number | null {
  return typeof signal === "string" || typeof signal === "number" ? signal : null;
}

import { existsSync } from "node:fs";
import type { Envoy } from "../commands/host.ts";
import { STATUS } from "../envoy/exit-status.ts";
import type { Launch } from "../launch/launch.ts";
import type { Command, Event } from "../supervisor/step.ts";
import { errorCode, reasonOf } from "./read-file.ts";

/** Listens for stop signals, and starts and signals the one Envoy (design §5). */
export function openEnvoy(): Envoy {
  const queue = eventQueue();
  let child: Bun.Subprocess | undefined;
  let asked = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      asked = true;
      queue.push({ kind: "terminate", signal });
    });
  return {
    events: queue.events,
    isAskedToStop: () => asked,
    askToStop: () => queue.push({ kind: "terminate", signal: "SIGTERM" }),
    launch(launch) {
      try {
        child = spawn(launch, (code, signal) => queue.push({ kind: "exited", exit: { code, signal } }));
        return undefined;
      } catch (error) {
        return failureOf(launch.binary, error);
      }
    },
    start(command: Command) {
      if (command.kind === "signal") child?.kill(command.signal);
      else setTimeout(() => queue.push({ kind: "deadline" }), command.milliseconds).unref();
    },
  };
}

type Ended = (code: number | null, signal: string | number | null) => void;

/** Envoy gets our standard output and error as they are and nothing on standard input; without changes also our environment byte for byte. */
function spawn(launch: Launch, ended: Ended): Bun.Subprocess {
  const { set, unset } = launch.environment;
  const isChanged = Object.keys(set).length > 0 || unset.length > 0;
  return Bun.spawn([launch.binary, ...launch.args], {
    stdio: ["ignore", "inherit", "inherit"],
    ...(isChanged ? { env: { ...process.env, ...set, ...Object.fromEntries(unset.map((name) => [name, undefined])) } } : {}),
    ...(launch.user ?? {}),
    onExit: (_, code, signal) => ended(signal === null ? code : null, signalOf(signal)),
  });
}

/** Real-time signals come as numbers, the others by name, whatever the type says. */
function signalOf(signal: unknown): string | number | null {
  return typeof signal === "string" || typeof signal === "number" ? signal : null;
}

/** Why Envoy cannot be started, with the status shells give for it. */
function failureOf(binary: string, error: unknown): { readonly problem: string; readonly status: number } {
  const isMissing = errorCode(error) === "ENOENT" && !(binary.includes("/") && existsSync(binary));
  const reason = errorCode(error) === "ENOENT" && !isMissing ? "its interpreter or loader is missing" : reasonOf(error);
  const where = binary.includes("/") ? "" : " (looked for in PATH)";
  return {
    problem: `Cannot start Envoy "${binary}"${where}: ${reason}; binaryPath of the ProxyConfig names it`,
    status: isMissing ? STATUS.notFound : STATUS.notExecutable,
  };
}

function eventQueue(): { readonly push: (event: Event) => void; readonly events: AsyncIterable<Event> } {
  const waiting: Event[] = [];
  let wake: () => void = () => {};
  async function* events(): AsyncIterable<Event> {
    for (;;) {
      const event = waiting.shift();
      if (event !== undefined) yield event;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }
  return {
    events: events(),
    push(event) {
      waiting.push(event);
      wake();
    },
  };
}

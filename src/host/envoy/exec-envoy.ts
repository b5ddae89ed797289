import { constants, openSync, readFileSync } from "node:fs";
import type { StartFailure } from "../../commands/service.ts";
import { argumentsOf } from "../../envoy/options.ts";
import { bytesOfText, textOfBytes } from "../../go/bytes.ts";
import type { EpochPlan } from "../../launch/plan.ts";
import { HANDLED_SIGNALS, signalNumber } from "../../linux/signals.ts";
import { lastError, libc, pointersTo } from "../linux/libc.ts";
import { startFailure } from "./start-failure.ts";

const F_GETFL = 3;
const F_SETFL = 4;
const SIG_DFL = 0n;
/** The path that a shell and the runtime search when PATH is not set. */
const DEFAULT_PATH = "/bin:/usr/bin";
/** Signals whose action the runtime changes at its start, and SIGCHLD. */
const OF_RUNTIME = ["SIGPIPE", "SIGXFSZ", "SIGCHLD"];

/**
 * Replaces this process with Envoy: the process id stays, and everything else is as for a child. Attributes inherited from the parent,
 * such as a parent-death signal, stay. Returns only on failure; the process can then only report it and exit.
 */
export function execEnvoy(epoch: Pick<EpochPlan, "binary" | "binaryOrigin" | "options" | "environment" | "user">): StartFailure {
  const { binary, options, environment, user } = epoch;
  try {
    const variables = changed(readFileSync("/proc/self/environ", "latin1"), environment);
    const path = pathOf(binary, variables);
    // Signals that the agent handles: a stop signal that arrives from here on must not be lost.
    const handled = HANDLED_SIGNALS.filter((signal) => process.listenerCount(signal) > 0);
    for (const signal of [...OF_RUNTIME, ...handled]) libc().signal(signalNumber(signal), SIG_DFL);
    libc().dup2(openSync("/dev/null", "r"), 0);
    makeBlocking();
    if (user !== undefined) switchTo(user);
    const file = pointersTo([bytesOfText(path)]);
    const argv = pointersTo([binary, ...argumentsOf(options)].map(bytesOfText));
    const env = pointersTo(variables);
    libc().execve(file.bytes, argv.pointers, env.pointers);
    return startFailure(epoch, failed("execve", lastError()));
  } catch (error) {
    return startFailure(epoch, error);
  }
}

/** Returns the environment with the changes applied, one character a byte, so that unchanged entries are kept exactly. */
function changed(environment: string, { set, unset }: EpochPlan["environment"]): readonly string[] {
  const names = new Set([...Object.keys(set), ...unset].map(bytesOfText));
  const kept = environment.split("\0").filter((entry) => entry !== "" && !names.has(nameIn(entry)));
  return [...kept, ...Object.entries(set).map(([name, value]) => bytesOfText(`${name}=${value}`))];
}

function nameIn(entry: string): string {
  const at = entry.indexOf("=");
  return at < 0 ? entry : entry.slice(0, at);
}

/** Returns the path of a program, found on the PATH that Envoy will have. @throws ENOENT */
function pathOf(binary: string, variables: readonly string[]): string {
  if (binary.includes("/")) return binary;
  const path = variables.find((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) || DEFAULT_PATH;
  const found = Bun.which(binary, { PATH: textOfBytes(path) });
  if (found === null) throw failed("which", "ENOENT");
  return found;
}

/**
 * Makes the standard streams blocking, as programs expect. The runtime has set close-on-exec on all other descriptors, inherited ones too.
 */
function makeBlocking(): void {
  const { fcntl } = libc();
  for (const descriptor of [0, 1, 2]) fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL, 0) & ~constants.O_NONBLOCK);
}

/** @throws EPERM */
function switchTo({ uid, gid }: { readonly uid: number; readonly gid: number }): void {
  if (process.getuid?.() === 0) process.setgroups?.([]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}

function failed(call: string, code: string): Error {
  return Object.assign(new Error(`${call}: ${code}`), { code });
}

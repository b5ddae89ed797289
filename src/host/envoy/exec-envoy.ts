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
/** Where a shell looks, and the runtime too, when there is no PATH. */
const DEFAULT_PATH = "/bin:/usr/bin";
/** Those the runtime ignores from its start, and what it makes of children. */
const OF_RUNTIME = ["SIGPIPE", "SIGXFSZ", "SIGCHLD"];

/**
 * Turns this process into Envoy: same process id, and everything else as a child would get it. What is
 * inherited from whoever started the agent, such as a parent-death signal, stays. Returns only when it failed; the
 * process is then good for a message and its exit, no more.
 */
export function execEnvoy(launch: Pick<EpochPlan, "binary" | "binaryOrigin" | "options" | "environment" | "user">): StartFailure {
  const { binary, options, environment, user } = launch;
  try {
    const variables = changed(readFileSync("/proc/self/environ", "latin1"), environment);
    const path = pathOf(binary, variables);
    // What the agent listens to: a stop asked for from here on must not get lost.
    const heard = HANDLED_SIGNALS.filter((signal) => process.listenerCount(signal) > 0);
    for (const signal of [...OF_RUNTIME, ...heard]) libc().signal(signalNumber(signal), SIG_DFL);
    libc().dup2(openSync("/dev/null", "r"), 0);
    makeBlocking();
    if (user !== undefined) become(user);
    const file = pointersTo([bytesOfText(path)]);
    const words = pointersTo([binary, ...argumentsOf(options)].map(bytesOfText));
    const env = pointersTo(variables);
    libc().execve(file.bytes, words.pointers, env.pointers);
    return startFailure(launch, failed("execve", lastError()));
  } catch (error) {
    return startFailure(launch, error);
  }
}

/** The environment with its changes, each entry one character a byte: of what is not changed nothing is lost. */
function changed(environment: string, { set, unset }: EpochPlan["environment"]): readonly string[] {
  const names = new Set([...Object.keys(set), ...unset].map(bytesOfText));
  const kept = environment.split("\0").filter((entry) => entry !== "" && !names.has(nameIn(entry)));
  return [...kept, ...Object.entries(set).map(([name, value]) => bytesOfText(`${name}=${value}`))];
}

function nameIn(entry: string): string {
  const at = entry.indexOf("=");
  return at < 0 ? entry : entry.slice(0, at);
}

/** The file of a program, found in the PATH Envoy itself would see. @throws ENOENT */
function pathOf(binary: string, variables: readonly string[]): string {
  if (binary.includes("/")) return binary;
  const path = variables.find((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) || DEFAULT_PATH;
  const found = Bun.which(binary, { PATH: textOfBytes(path) });
  if (found === null) throw failed("which", "ENOENT");
  return found;
}

/** Standard streams wait, as a program expects. All other descriptors the runtime has marked to be closed, inherited ones too. */
function makeBlocking(): void {
  const { fcntl } = libc();
  for (const descriptor of [0, 1, 2]) fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL, 0) & ~constants.O_NONBLOCK);
}

/** @throws EPERM */
function become({ uid, gid }: { readonly uid: number; readonly gid: number }): void {
  if (process.getuid?.() === 0) process.setgroups?.([]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}

function failed(call: string, code: string): Error {
  return Object.assign(new Error(`${call}: ${code}`), { code });
}

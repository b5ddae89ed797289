import { logFormatsIn, withoutLogFormat } from "../../envoy/log-format.ts";
import { validationOptions } from "../../envoy/option-facts.ts";
import { argumentsOf, optionValue } from "../../envoy/options.ts";
import type { EpochPlan } from "../../launch/plan.ts";
import { trackChild } from "../linux/own-children.ts";
import { readConfigurations } from "./configurations.ts";
import { processOptions } from "./open-envoys.ts";

/** What Envoy says of its arguments and configuration. */
export interface Validation {
  readonly ok: boolean;
  /** All it printed, up to a limit, without what its log format puts behind a message. */
  readonly output: string;
}

function logFormatsOf(epoch: EpochPlan) {
  const argument = optionValue(epoch.options, "--log-format");
  const configured = readConfigurations(epoch).flatMap(({ document }) => logFormatsIn(document));
  return argument === undefined ? configured : [argument, ...configured];
}

/** In milliseconds; an answer takes 50 to 100 (contract envoy §2). */
const LIMIT = 5_000;

/** In bytes of each stream: a bootstrap that Envoy prints, several times over. */
const LONGEST = 1_048_576;

/**
 * Asks the Envoy of a epoch whether it takes its arguments and configuration: `--mode validate`, which binds no port and
 * touches no shared memory, also with --restart-epoch (contract envoy §2). The epoch's files must still be there. Undefined
 * when it did not answer: it cannot be started, ends by a signal or takes longer than `limit` milliseconds, and is killed then, as
 * it is when `signal` aborts.
 */
export async function validateEnvoy(epoch: EpochPlan, signal?: AbortSignal, limit = LIMIT): Promise<Validation | undefined> {
  const child = signal?.aborted === true ? undefined : spawn(epoch);
  if (child === undefined) return undefined;
  let giveUp = () => {};
  const late = new Promise<undefined>((resolve) => {
    giveUp = () => resolve(undefined);
  });
  const timer = setTimeout(giveUp, limit);
  signal?.addEventListener("abort", giveUp);
  const answer = Promise.all([headOf(child.stdout), headOf(child.stderr), child.exited]).then(([out, err]) =>
    child.exitCode === null ? undefined : { ok: child.exitCode === 0, output: withoutLogFormat(`${out}\n${err}`, logFormatsOf(epoch)) },
  );
  const validation = await Promise.race([answer, late]);
  clearTimeout(timer);
  signal?.removeEventListener("abort", giveUp);
  if (validation === undefined) killGroup(child.pid);
  return validation;
}

/** In a process group of its own, so that what a wrapper script starts can be ended with it. */
function spawn(epoch: EpochPlan): Bun.Subprocess<"ignore", "pipe", "pipe"> | undefined {
  const options = validationOptions(epoch.options);
  if (options === undefined) return undefined;
  try {
    return trackChild(
      Bun.spawn([epoch.binary, ...argumentsOf(options)], { stdio: ["ignore", "pipe", "pipe"], detached: true, ...processOptions(epoch) }),
    );
  } catch {
    return undefined;
  }
}

/** The first part of a stream; the rest is read too, as a full pipe would stop Envoy. */
async function headOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let head = "";
  for await (const chunk of stream)
    if (head.length < LONGEST) head += decoder.decode(chunk.subarray(0, LONGEST - head.length), { stream: true });
  return head;
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // All of it has gone.
  }
}

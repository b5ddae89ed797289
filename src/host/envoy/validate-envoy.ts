import { logFormatsIn, withoutLogFormat } from "../../envoy/log-format.ts";
import { validationOptions } from "../../envoy/option-facts.ts";
import { argumentsOf, optionValue } from "../../envoy/options.ts";
import type { EpochPlan } from "../../launch/plan.ts";
import { trackChild } from "../linux/own-children.ts";
import { readConfigurations } from "./configurations.ts";
import { processOptions } from "./open-envoys.ts";

/** The result of `envoy --mode validate`. */
export interface Validation {
  readonly ok: boolean;
  /** What it printed, up to a limit, without the suffix that its log format appends. */
  readonly output: string;
}

function logFormatsOf(epoch: EpochPlan) {
  const argument = optionValue(epoch.options, "--log-format");
  const configured = readConfigurations(epoch).flatMap(({ document }) => logFormatsIn(document));
  return argument === undefined ? configured : [argument, ...configured];
}

/** Timeout in milliseconds; validation takes 50 to 100 (contract envoy §2). */
const LIMIT = 5_000;

/** Bytes kept of each stream: enough for a bootstrap that Envoy prints several times. */
const LONGEST = 1_048_576;

/**
 * Runs Envoy with `--mode validate` on the arguments and configuration of an epoch; that binds no port and uses no shared memory, also
 * with --restart-epoch (contract envoy §2). The files of the epoch must exist. Returns undefined when there is no result: it cannot be
 * started, is ended by a signal, or is killed after `limit` milliseconds or when `signal` aborts.
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

/** Starts it in its own process group, so that the children of a wrapper script can be killed with it. */
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

/** Returns the first part of a stream and drains the rest, as a full pipe would block Envoy. */
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
    // The group has exited.
  }
}

import { logFormatsIn, withoutLogFormat } from "../../envoy/log-format.ts";
import { validationOptions } from "../../envoy/option-facts.ts";
import { argumentsOf, optionValue } from "../../envoy/options.ts";
import type { EpochPlan } from "../../launch/plan.ts";
import { trackChild } from "../linux/own-children.ts";
import { readConfigurations } from "./configurations.ts";
import { processOptions } from "./open-envoys.ts";
import { reasonNotStarted } from "./start-failure.ts";

/** The result of `envoy --mode validate`. */
export interface Validation {
  readonly ok: boolean;
  /** What it printed, up to a limit, without the suffix that its log format appends. */
  readonly output: string;
}

/** Why there is no result. */
export interface NoValidation {
  readonly why: string;
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
 * with --restart-epoch (contract envoy §2). The files of the epoch must exist. There is no result when it cannot be started, is ended by a
 * signal, or is killed after `limit` milliseconds or when `signal` aborts.
 */
export async function validateEnvoy(epoch: EpochPlan, signal?: AbortSignal, limit = LIMIT): Promise<Validation | NoValidation> {
  if (signal?.aborted === true) return NOT_NEEDED;
  const child = spawn(epoch);
  if ("why" in child) return child;
  const { promise: abandoned, resolve: abandon } = Promise.withResolvers<NoValidation>();
  const giveUp = () => abandon(NOT_NEEDED);
  const timer = setTimeout(() => abandon({ why: `it took longer than ${limit / 1_000} s` }), limit);
  signal?.addEventListener("abort", giveUp);
  const answer = Promise.all([headOf(child.stdout), headOf(child.stderr), child.exited]).then(([out, err]) =>
    child.exitCode === null
      ? { why: `it was ended by ${child.signalCode}` }
      : { ok: child.exitCode === 0, output: withoutLogFormat(`${out}\n${err}`, logFormatsOf(epoch)) },
  );
  const validation = await Promise.race([answer, abandoned]);
  clearTimeout(timer);
  signal?.removeEventListener("abort", giveUp);
  if ("why" in validation) killGroup(child.pid);
  return validation;
}

const NOT_NEEDED: NoValidation = { why: "it is no longer needed" };

/** Starts it in its own process group, so that the children of a wrapper script can be killed with it. */
function spawn(epoch: EpochPlan): Bun.Subprocess<"ignore", "pipe", "pipe"> | NoValidation {
  const options = validationOptions(epoch.options);
  if (options === undefined) return { why: "its arguments set another mode" };
  try {
    return trackChild(
      Bun.spawn([epoch.binary, ...argumentsOf(options)], { stdio: ["ignore", "pipe", "pipe"], detached: true, ...processOptions(epoch) }),
    );
  } catch (error) {
    return { why: `it cannot be started: ${reasonNotStarted(epoch.binary, error).reason}` };
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

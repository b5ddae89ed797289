import { closeSync, constants, openSync, unlinkSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TrafficHost } from "../../commands/iptables/traffic-host.ts";
import { kernelAddresses } from "../inputs/read-interfaces.ts";
import { NO_LIBC, startLibc } from "../linux/start-libc.ts";
import { changeNetwork } from "./change-network.ts";
import { claimNetwork } from "./claim-network.ts";
import { hasEntry } from "./has-entry.ts";
import { holdSignals } from "./hold-signals.ts";
import { isolateMounts } from "./isolate-mounts.ts";
import { probeRedirection } from "./probe-redirection.ts";
import { runProgram } from "./run-program.ts";

/** The real machine. */
export const TRAFFIC_HOST: TrafficHost = {
  addresses: kernelAddresses,
  run: runProgram,
  changeNetwork,
  networkProblem: () => (startLibc === undefined ? NO_LIBC : undefined),
  hasEntry,
  isolateMounts,
  holdSignals,
  claimNetwork,
  probe: probeRedirection,
  writeTemporary,
  remove,
  overwrite,
};

function writeTemporary(prefix: string, text: string): string | undefined {
  const path = join(tmpdir(), `${prefix}-${Bun.nanoseconds()}${Date.now()}.txt${process.pid}`);
  try {
    writeFileSync(path, text, { mode: 0o600, flag: "wx" });
    return path;
  } catch {
    return undefined;
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It has been removed already.
  }
}

function overwrite(path: string, text: string): void {
  try {
    const descriptor = openSync(path, constants.O_CREAT | constants.O_WRONLY, 0o644);
    writeSync(descriptor, text);
    closeSync(descriptor);
  } catch {
    // As upstream.
  }
}

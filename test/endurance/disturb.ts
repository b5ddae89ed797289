import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { eventually } from "../envoy/support.ts";
import { selfSigned } from "../support/self-signed.ts";
import type { Sidecar } from "../support/sidecar.ts";

/** The disturbances of an agent; each resolves when it is over. @throws Error if it does not happen */
export interface Disturbances {
  /** A hot restart by the trigger of a minute, until the old epoch has exited; optionally with a pause of the serving Envoy. */
  readonly restart: (turn: number, paused: boolean) => Promise<void>;
  /** Moves the access log away and sends SIGUSR1, until a new one exists. */
  readonly rotate: () => Promise<void>;
  /** Replaces the resources, until a response uses them. */
  readonly change: (revision: number) => Promise<void>;
  /** Pauses Envoy for a while. */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Returns whether Envoy is paused, or was a moment ago. */
  readonly isPaused: () => boolean;
}

/** Files of the agent whose change starts a new epoch. */
export interface WatchedFiles {
  readonly certificate: string;
  readonly meshConfig: string;
}

/** The content of each file in a minute. */
export function writeWatched({ certificate, meshConfig }: WatchedFiles, turn: number): void {
  mkdirSync(dirname(certificate), { recursive: true });
  writeWhole(certificate, selfSigned(`turn ${turn}`).cert);
  writeMesh(meshConfig, turn);
}

function writeMesh(path: string, turn: number): void {
  writeWhole(path, JSON.stringify({ defaultConfig: { runtimeValues: { "endurance.turn": String(turn) } } }));
}

function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** Milliseconds after a pause until requests are answered in time again. */
const RECOVERY = 1_500;
const PAUSED_RESTART = 2_000;
const LIMIT = 60_000;

export function disturbancesOf(sidecar: Sidecar, watched: WatchedFiles): Disturbances {
  const { agent, admin, log, directory } = sidecar;
  const accessLog = join(directory, "access.log");
  const triggers: readonly ((turn: number) => void)[] = [
    () => agent.kill("SIGHUP"),
    (turn) => writeWhole(watched.certificate, selfSigned(`turn ${turn}`).cert),
    (turn) => writeMesh(watched.meshConfig, turn),
  ];
  let epoch = 0;
  let pausedUntil = 0;
  const pause = async (milliseconds: number) => {
    const stopped = sidecar.envoys();
    pausedUntil = Number.POSITIVE_INFINITY;
    for (const pid of stopped) process.kill(pid, "SIGSTOP");
    await Bun.sleep(milliseconds);
    for (const pid of stopped) process.kill(pid, "SIGCONT");
    pausedUntil = performance.now() + RECOVERY;
  };
  return {
    pause,
    isPaused: () => performance.now() < pausedUntil,
    async restart(turn, paused) {
      epoch++;
      triggers[turn % triggers.length]?.(turn);
      if (paused) await pause(PAUSED_RESTART);
      await admin.untilEpoch(epoch, LIMIT);
      await eventually(() => (log().includes(`Epoch ${epoch - 1} exited normally`) ? true : undefined), LIMIT);
    },
    async rotate() {
      renameSync(accessLog, `${accessLog}.old`);
      agent.kill("SIGUSR1");
      await eventually(() => (existsSync(accessLog) ? true : undefined));
      rmSync(`${accessLog}.old`);
    },
    async change(revision) {
      sidecar.change({ revision, accessLog });
      await eventually(async () => ((await revisionOf(sidecar)) === String(revision) ? true : undefined), LIMIT);
    },
  };
}

async function revisionOf({ url }: Sidecar): Promise<string | null> {
  const response = await fetch(url, { headers: { connection: "close" }, signal: AbortSignal.timeout(LIMIT) });
  await response.arrayBuffer();
  return response.headers.get("x-revision");
}

import { expect, test } from "bun:test";
import { join } from "node:path";
import { workDirectory } from "../envoy/support.ts";
import { type Load, startLoad } from "../support/load.ts";
import { startSecretServer } from "../support/secret-server.ts";
import { type Sidecar, startSidecar } from "../support/sidecar.ts";
import { type Application, METRIC, startApplication } from "./application.ts";
import { type Disturbances, disturbancesOf, writeWatched } from "./disturb.ts";
import { atRest, filesLeft, type Holding, holdingOf } from "./holding.ts";
import { MINUTE, MINUTES, MINUTES_A_ROW } from "./minutes.ts";
import { expectNoGrowth } from "./no-growth.ts";
import { type Probing, type Question, startProbes } from "./probes.ts";
import { type Row, TABLE } from "./table.ts";

// Everything that can happen to an agent, minute after minute: nothing fails and nothing leaks.

const PAUSE = 3_000;
const SLOW = { path: "/slow", seconds: 2 };
/** Longer than the longest request with the longest pause, so that every request completes in an old epoch or listener. */
const DRAIN_SECONDS = 6;
const PARENT_SHUTDOWN_SECONDS = 8;

interface Run {
  readonly sidecar: Sidecar;
  readonly load: Load;
  readonly probing: Probing;
  readonly disturb: Disturbances;
  readonly temporary: string;
}

async function startRun({ environment }: Application, place: string): Promise<Run> {
  const temporary = workDirectory();
  const watched = { certificate: join(place, "etc/ca.pem"), meshConfig: join(place, "etc/mesh.json") };
  writeWatched(watched, 0);
  const args = ["--hot-restart", "--watch", "--readiness", "live", "--meshConfig", watched.meshConfig];
  const sidecar = await startSidecar(
    {
      args: [...args, "--parent-shutdown-time", String(PARENT_SHUTDOWN_SECONDS)],
      proxyConfig: {
        drainDuration: `${DRAIN_SECONDS}s`,
        terminationDrainDuration: "0s",
        tracing: { zipkin: { address: "127.0.0.1:9411" }, tlsSettings: { mode: "SIMPLE", caCertificates: watched.certificate } },
      },
      environment: { ...environment, TERMINATION_DRAIN_DURATION_SECONDS: "0", TMPDIR: temporary },
    },
    "istio-1.30",
    place,
  );
  const disturb = disturbancesOf(sidecar, watched);
  await disturb.change(1);
  const started = performance.now();
  const moment = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  return {
    sidecar,
    disturb,
    temporary,
    probing: startProbes(questionsTo(sidecar, disturb), moment),
    // A request can be delayed by a pause and the hot restart after it.
    load: startLoad({ urls: [sidecar.url], keepAlive: 12, fresh: 2, slow: [SLOW, SLOW], pause: 50, limit: 4 * PAUSE }),
  };
}

/** While Envoy is paused, it is not ready and has no statistics; the application's health does not depend on it. */
function questionsTo({ status }: Sidecar, { isPaused }: Disturbances): Record<string, Question> {
  const is = (wanted: number) => (got: number) => (got === wanted ? undefined : `status ${got}`);
  return {
    ready: { url: `${status}/healthz/ready`, every: 500, judge: (got) => (isPaused() ? undefined : is(200)(got)) },
    health: { url: `${status}/app-health/shop/readyz`, every: 500, judge: is(200) },
    alive: { url: `${status}/app-health/shop/livez`, every: 1_000, judge: is(200) },
    scrape: {
      url: `${status}/stats/prometheus`,
      every: 2_000,
      judge: (got, page) => {
        const missing = [METRIC, "istio_agent_build_info", ...(isPaused() ? [] : ["envoy_server_live"])].filter(
          (name) => !page.includes(name),
        );
        return is(200)(got) ?? (missing.length === 0 ? undefined : `no ${missing.join(", ")}`);
      },
    },
  };
}

/**
 * One minute with every disturbance, every fourth one with a pause during the hot restart. The agent's resources are
 * measured after the restart, right after a garbage collection.
 */
async function passMinute(minute: number, { disturb, sidecar, temporary }: Run): Promise<Holding> {
  const started = performance.now();
  await disturb.restart(minute, minute % 4 === 3);
  const holding = await atRest(() => holdingOf(sidecar.agent.pid, sidecar.envoys(), filesLeft(sidecar, temporary)));
  await disturb.rotate();
  await disturb.change(minute + 2);
  await disturb.pause(PAUSE);
  const rest = MINUTE - (performance.now() - started);
  expect(rest).toBeGreaterThan(DRAIN_SECONDS * 1_000);
  await Bun.sleep(rest);
  return holding;
}

test(
  `${MINUTES} minutes of load, hot restarts, probes, rotated logs, changes and pauses`,
  async () => {
    using application = startApplication();
    const place = workDirectory();
    // Without this file, each epoch waits 15 s for the root certificate of the tracer.
    using _secrets = await startSecretServer(join(place, "var/run/secrets/workload-spiffe-uds/socket"));
    const run = await startRun(application, place);
    await using sidecar = run.sidecar;
    const { load, probing, temporary } = run;
    const rows: Row[] = [];
    let [requests, failed] = [0, 0];
    console.info(TABLE.head);
    for (let minute = 0; minute < MINUTES; minute++) {
      const holding = await passMinute(minute, run).catch((error) => {
        throw new Error(sidecar.log().slice(-5_000), { cause: error });
      });
      if ((minute + 1) % MINUTES_A_ROW === 0) {
        const now = load.progress();
        const row: Row = {
          minutes: `${minute + 2 - MINUTES_A_ROW}–${minute + 1}`,
          requests: now.requests - requests,
          failed: now.failed - failed,
          restarts: MINUTES_A_ROW,
          holding,
          probes: probing.taken(),
        };
        [requests, failed] = [now.requests, now.failed];
        rows.push(row);
        console.info(TABLE.row(row));
      }
    }
    await probing.stop();
    const { failures } = await load.stop();
    const log = process.env["ATTACHE_ENDURANCE_LOG"];
    if (log !== undefined) await Bun.write(log, sidecar.log());
    const wrong = rows.flatMap(({ probes }) =>
      Object.entries(probes).flatMap(([name, each]) => each.wrong.map((text) => `${name} ${text}`)),
    );
    expect({ failures, wrong }).toEqual({ failures: { refused: 0, reset: 0, cut: 0, timeout: 0, status: 0 }, wrong: [] });
    expectNoGrowth(rows.map(({ holding }) => holding));
    sidecar.agent.kill("SIGTERM");
    expect(await sidecar.agent.exited).toBe(0);
    expect(filesLeft(sidecar, temporary)).toEqual([]);
  },
  (MINUTES + 3) * MINUTE,
);

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../../examples/ports.ts";
import { optionsOf } from "../support/envoy-options.ts";
import { BINARY } from "../support/subject.ts";
import { ENVOY, environmentOf, eventually, render, workDirectory, write } from "./support.ts";

const BECOMES = join(import.meta.dir, "../host/fixtures/becomes.ts");

/** Returns settings with free ports, and the address of the admin interface. */
async function ports() {
  const [admin = 0, metrics = 0, readiness = 0] = await freePorts(3);
  const environment = { ENVOY_PROMETHEUS_PORT: String(metrics), ENVOY_STATUS_PORT: String(readiness) };
  return { setting: { proxyConfig: { proxyAdminPort: admin }, environment }, ready: `http://127.0.0.1:${admin}/ready` };
}

async function isReachable(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

/** Returns whether a process has ended, including a zombie. */
function isGone(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return true;
  }
}

test("a killed agent leaves no Envoy", async () => {
  const directory = workDirectory();
  const { setting, ready } = await ports();
  const agent = Bun.spawn([...BINARY.command, "proxy"], {
    cwd: directory,
    env: environmentOf(setting, directory),
    stdio: ["ignore", "ignore", "ignore"],
  });
  await eventually(async () => ((await isReachable(ready)) ? true : undefined));
  const [envoy] = (await Bun.file(`/proc/${agent.pid}/task/${agent.pid}/children`).text()).trim().split(" ");
  expect(await Bun.file(`/proc/${envoy}/cmdline`).text()).toContain("--disable-hot-restart");
  agent.kill("SIGKILL");
  try {
    await eventually(() => (isGone(Number(envoy)) ? true : undefined));
    expect(await isReachable(ready)).toBe(false);
  } finally {
    if (!isGone(Number(envoy))) process.kill(Number(envoy), "SIGKILL");
  }
});

test("a process replaced by Envoy becomes live, and exits with 0 on SIGTERM", async () => {
  const directory = workDirectory();
  const { setting, ready } = await ports();
  const file = write(join(directory, "bootstrap.json"), await render(BINARY, setting, directory));
  const launch = {
    binary: ENVOY,
    options: optionsOf("-c", file, "--disable-hot-restart", "--concurrency", "1"),
    environment: { set: {}, unset: [] },
  };
  const becoming = Bun.spawn([process.execPath, BECOMES, JSON.stringify(launch)], {
    cwd: directory,
    env: environmentOf(setting, directory),
    stdio: ["ignore", "ignore", "ignore"],
  });
  await eventually(async () => ((await isReachable(ready)) ? true : undefined));
  expect(await Bun.file(`/proc/${becoming.pid}/cmdline`).text()).toStartWith(ENVOY);
  becoming.kill("SIGTERM");
  expect(await becoming.exited).toBe(0);
});

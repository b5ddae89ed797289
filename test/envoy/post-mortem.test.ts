import { afterEach, describe, expect, test } from "bun:test";
import { chmodSync, openSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../../examples/ports.ts";
import type { EndCause } from "../../src/envoy/end-cause.ts";
import { readBaseline } from "../../src/host/linux/memory-cgroup.ts";
import { explainEnd } from "../../src/host/supervisor/post-mortem.ts";
import type { EpochPlan } from "../../src/launch/plan.ts";
import { optionsOf } from "../support/envoy-options.ts";
import { admin, endOf, killAll, launchOf, ownBaseId, running, start } from "./ends.ts";
import { ENVOY, eventually, workDirectory, write } from "./support.ts";

afterEach(killAll);

describe("a program that is not Envoy", () => {
  const hint = "set another path with --envoy-path (ATTACHE_ENVOY_PATH)";
  test.each([
    ["/bin/true", /^Program "\/bin\/true" is not Envoy: it exited with status 0 \(--envoy-path\)$/],
    [
      "/bin/false",
      /^Program "\/bin\/false" is not Envoy: it exited with status 1; asked for its version, --version exited with status 1 \(--envoy-path\)$/,
    ],
    [
      "cat",
      /^Program "\/\S+\/cat" is not Envoy: it exited with status 1; asked for its version, it printed "cat \(GNU coreutils\) .*" \(--envoy-path\)$/,
    ],
  ])("%s is reported as what it is", async (binary, text) => {
    expect(await endOf({ ...launchOf({}), binary })).toEqual({ text: expect.stringMatching(text), hint });
  });

  test.each([
    [
      "exit 0",
      /^Envoy exited with status 0 before it was live; "\S+" \(--envoy-path\) is a script \(#!\/bin\/sh\), see its last log lines$/,
    ],
    [
      "exit 7",
      /^Envoy exited with status 7 before it was live; "\S+" \(--envoy-path\) is a script \(#!\/bin\/sh\), see its last log lines$/,
    ],
    [
      "exit 1",
      /^Program "\S+" is not Envoy but a script \(#!\/bin\/sh\): it exited with status 1; asked for its version, --version exited with status 1 \(--envoy-path\)$/,
    ],
    [`exec ${ENVOY} "$@"`, /^Envoy exited with status 1, because it rejects its arguments: argument --no-such-flag: /],
  ])("a script with %j may be one that starts Envoy", async (lines, text) => {
    const binary = write(join(workDirectory(), "script"), `#!/bin/sh\n${lines}\n`);
    chmodSync(binary, 0o755);
    expect((await endOf({ ...launchOf({}, optionsOf("--no-such-flag")), binary })).text).toMatch(text);
  });
});

describe("an Envoy whose address or base-id is in use", () => {
  test("names the address of its admin and who listens there", async () => {
    using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const launch = launchOf({ admin: admin(server.port ?? 0) });
    const portSettings = [[server.port ?? 0, "proxyAdminPort in the ProxyConfig"]] as const;
    const text = `Envoy exited with status 1 before it was live: 127.0.0.1:${server.port} is in use by ${await nameOf(process.pid)} (pid ${process.pid})`;
    const hint = "stop the process that listens there, or set another port: ";
    const found = await endOf(launch, { portSettings });
    expect(found).toEqual({ text, hint: `${hint}proxyAdminPort in the ProxyConfig` });
    const ownConfiguration = [{ kind: "file", path: "/c.json", origin: "customConfigFile in PROXY_CONFIG" }] as const;
    const own = await endOf({ ...launch, ownConfiguration }, { portSettings });
    expect(own).toEqual({ text, hint: `${hint}"/c.json" (customConfigFile in PROXY_CONFIG)` });
  });

  test("names the override if it binds the address", async () => {
    using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const launch = launchOf({}, optionsOf("--disable-hot-restart", "--config-yaml", JSON.stringify({ admin: admin(server.port ?? 0) })));
    const ownConfiguration = [{ kind: "override", path: "/o.yaml", origin: "ISTIO_BOOTSTRAP_OVERRIDE" }] as const;
    const { hint } = await endOf({ ...launch, ownConfiguration });
    expect(hint).toBe('stop the process that listens there, or set another port: "/o.yaml" (ISTIO_BOOTSTRAP_OVERRIDE)');
  });

  test("names the wildcard address of a static listener", async () => {
    using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const listener = { name: "l", ...admin(server.port ?? 0, "0.0.0.0"), filter_chains: [] };
    const chain = {
      filters: [{ name: "e", typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo" } }],
    };
    const found = await endOf(launchOf({ static_resources: { listeners: [{ ...listener, filter_chains: [chain] }] } }));
    expect(found.text).toContain(`before it was live: 0.0.0.0:${server.port} is in use by `);
  });

  test("names the base-id and the Envoy that has it", async () => {
    const baseId = ownBaseId(100_000);
    const [port = 0] = await freePorts(1);
    const first = start(launchOf({ admin: admin(port) }, [baseId]));
    await eventually(async () => ((await (await fetch(`http://127.0.0.1:${port}/ready`)).text()) === "LIVE\n" ? true : undefined));
    expect(await endOf(launchOf({}, [baseId]))).toEqual({
      text: `Envoy exited with status 1 before it was live: base-id ${baseId.value} is in use by envoy (pid ${first.pid})`,
      hint: expect.stringContaining("--base-id"),
    });
  });

  test("does not count what another epoch of its agent hands over", async () => {
    const [port = 0] = await freePorts(1);
    const launch = launchOf({ admin: admin(port) });
    const first = start(launch);
    await eventually(async () => ((await (await fetch(`http://127.0.0.1:${port}/ready`)).text()) === "LIVE\n" ? true : undefined));
    const baseline = readBaseline(launch.epoch, first.pid);
    const end = { wasLive: false, isRequested: false, baseline, portSettings: [], runsOldContract: false };
    const exit = { code: 1, signal: null };
    expect((await explainEnd(launch, exit, end)).text).toContain(`127.0.0.1:${port} is in use by envoy (pid ${first.pid})`);
    expect((await explainEnd(launch, exit, { ...end, siblings: [first.pid] })).text).toBe(
      "Envoy exited with status 1 before it was live, although it accepts its arguments and configuration; see its last log lines",
    );
  });
});

/** The environment of the agent matters, so all of it runs there: a program that starts Envoy and prints the cause. */
async function endUnder(wrap: readonly string[], launch: EpochPlan): Promise<EndCause> {
  const program = join(import.meta.dir, "fixtures/prints-end-cause.ts");
  const child = Bun.spawn([...wrap, process.execPath, program, JSON.stringify(launch)], {
    stdio: ["ignore", "pipe", openSync("/dev/null", "w")],
  });
  running.push(child);
  return JSON.parse(await child.stdout.text());
}

describe("an Envoy without resources", () => {
  test("without write access to /dev/shm is reported", async () => {
    const wrap = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o ro none /dev/shm && exec "$@"', "sh"];
    expect(await endUnder(wrap, launchOf({}, [ownBaseId(200_000)]))).toEqual({
      text: "Envoy crashed (SIGABRT) before it was live: /dev/shm is not writable (read-only file system)",
      hint: expect.stringContaining("emptyDir"),
    });
  });

  test("with too low a limit of open files is reported with the number it needs", async () => {
    const wrap = ["sh", "-c", 'ulimit -n 40 && exec "$@"', "sh"];
    expect(await endUnder(wrap, launchOf({}, optionsOf("--disable-hot-restart", "--concurrency", "20")))).toEqual({
      text: expect.stringMatching(
        /^Envoy (?:exited with status 1|crashed \(SIGABRT\)) before it was live: it can open only 40 files and needs about 110$/,
      ),
      hint: expect.stringContaining("ulimit"),
    });
  });
});

async function nameOf(pid: number): Promise<string> {
  return (await Bun.file(`/proc/${pid}/comm`).text()).trim();
}

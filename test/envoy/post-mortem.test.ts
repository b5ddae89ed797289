import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { chmodSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../../examples/ports.ts";
import type { EndCause } from "../../src/envoy/end-cause.ts";
import { argumentsOf, type EnvoyOption } from "../../src/envoy/options.ts";
import { readBaseline } from "../../src/host/linux/memory-cgroup.ts";
import { type End, explainEnd } from "../../src/host/supervisor/post-mortem.ts";
import type { EpochPlan } from "../../src/launch/plan.ts";
import { OFFLINE } from "../scenarios/support.ts";
import { BLANK_EPOCH } from "../support/blank-plan.ts";
import { optionsOf } from "../support/envoy-options.ts";
import { SOURCE } from "../support/subject.ts";
import { ENVOY, environmentOf, eventually, runToEnd, workDirectory, write } from "./support.ts";

const TOKEN = "eyJhbGciOiJub25lIn0.c2VjcmV0.";
const ADAPT = expect.stringContaining("--adapt-envoy (ATTACHE_ADAPT_ENVOY=true)");

const running: Bun.Subprocess[] = [];
afterEach(async () => {
  for (const process of running.splice(0)) {
    process.kill("SIGKILL");
    await process.exited;
  }
});

/** Returns the option for a base-id that no other Envoy uses; its shared memory is removed after the tests. */
function ownBaseId(from: number): EnvoyOption {
  const id = from + process.pid;
  afterAll(() => rmSync(`/dev/shm/envoy_shared_memory_${id * 10}`, { force: true }));
  return { name: "--base-id", value: String(id) };
}

/** Returns a launch of the real Envoy with a given document. */
function launchOf(document: unknown, options = optionsOf("--disable-hot-restart")): EpochPlan {
  const bootstrap = typeof document === "string" ? document : JSON.stringify(document);
  const configFile = write(join(workDirectory(), "bootstrap.json"), bootstrap);
  return { ...BLANK_EPOCH, binary: ENVOY, options: [{ name: "-c", value: configFile }, ...options], configFile, bootstrap };
}

function start({ binary, options }: EpochPlan, wrap: readonly string[] = []): Bun.Subprocess {
  const process = Bun.spawn([...wrap, binary, ...argumentsOf(options)], { stdio: ["ignore", "ignore", "ignore"] });
  running.push(process);
  return process;
}

/** Returns how and why a launch that cannot become live ends. */
async function endOf(
  launch: EpochPlan,
  {
    wrap = [],
    portSettings = [],
    runsOldContract = false,
  }: { wrap?: readonly string[] } & Partial<Pick<End, "portSettings" | "runsOldContract">> = {},
) {
  const baseline = readBaseline();
  const process = start(launch, wrap);
  await process.exited;
  const exit = { code: process.signalCode === null ? process.exitCode : null, signal: process.signalCode };
  return explainEnd(launch, exit, { wasLive: false, isRequested: false, baseline, portSettings, runsOldContract });
}

const admin = (port: number, address = "127.0.0.1") => ({ address: { socket_address: { address, port_value: port } } });

/** Configurations that Envoy rejects, with a token in the document that it prints, and the reported cause. */
const REFUSED: readonly (readonly [name: string, launch: () => EpochPlan, cause: EndCause])[] = [
  [
    "an unknown flag",
    () => launchOf({}, optionsOf("--no-such-flag")),
    {
      text: "Envoy exited with status 1, because it rejects its arguments: argument --no-such-flag: Couldn't find match for argument",
      hint: expect.stringContaining("another release"),
    },
  ],
  [
    "a flag given twice",
    () => launchOf({}, optionsOf("--concurrency", "1", "--concurrency", "2")),
    { text: "Envoy exited with status 1, because it rejects its arguments: argument --concurrency: Argument already set" },
  ],
  [
    "a log level it does not know",
    () => launchOf({}, optionsOf("-l", "bogus")),
    { text: "Envoy exited with status 1, because it rejects its arguments: invalid log level specified 'bogus'" },
  ],
  [
    "an unknown field, although its log is off",
    () => launchOf({ node: { metadata: { TOKEN } }, unknown_top: 1 }, optionsOf("-l", "off", "--disable-hot-restart")),
    {
      text: "Envoy exited with status 1, because it rejects its configuration: invalid JSON in envoy.config.bootstrap.v3.Bootstrap: no such field: 'unknown_top'",
    },
  ],
  [
    "a token where a number belongs",
    () => launchOf({ admin: { address: { socket_address: { address: "::", port_value: TOKEN } } } }),
    {
      text: "Envoy exited with status 1, because it rejects its configuration: invalid JSON in envoy.config.bootstrap.v3.Bootstrap @ admin.address.socket_address.port_value: uint32: invalid number: '***'",
    },
  ],
  [
    "a document that ends too early",
    () => launchOf(`{"node": {"metadata": {"TOKEN": "${TOKEN}"`),
    {
      text: expect.stringMatching(
        /rejects its configuration: .*@ node\.metadata\.\S+: message google\.protobuf\.Struct\.FieldsEntry: expected '\W'$/,
      ),
    },
  ],
  [
    "a value that breaks a rule, after the document",
    () => launchOf({ node: { metadata: { TOKEN } }, admin: admin(99999) }),
    {
      text: "Envoy exited with status 1, because it rejects its configuration: Admin.Address.SocketAddress.PortValue: value must be less than or equal to 65535",
    },
  ],
  [
    "two clusters of a name",
    () => {
      const cluster = { name: "a", type: "STATIC" };
      return launchOf({ node: { metadata: { TOKEN } }, static_resources: { clusters: [cluster, cluster] } });
    },
    { text: "Envoy exited with status 1, because it rejects its configuration: cluster manager: duplicate cluster 'a'" },
  ],
  [
    "an invalid configuration in its arguments",
    () => launchOf({}, optionsOf("--disable-hot-restart", "--config-yaml", TOKEN)),
    { text: "Envoy exited with status 1, because it rejects its configuration: Unable to convert YAML as JSON" },
  ],
  [
    "API v2 in a bootstrap of a person's own",
    () => launchOf(oldTracing("type.googleapis.com/envoy.config.trace.v2.ZipkinConfig")),
    {
      text: "Envoy exited with status 1, because it rejects its configuration: could not find @type 'type.googleapis.com/envoy.config.trace.v2.ZipkinConfig'",
      hint: expect.stringContaining("v3"),
    },
  ],
];

function oldTracing(type: string) {
  return { node: { metadata: { TOKEN } }, tracing: { http: { name: "envoy.zipkin", typed_config: { "@type": type } } } };
}

describe("an Envoy that rejects", () => {
  test.each(REFUSED)("%s is reported, without the document's content", async (_, launch, cause) => {
    const found = await endOf(launch());
    expect(found).toEqual(cause);
    expect(JSON.stringify(found)).not.toContain(TOKEN.slice(0, 12));
  });
});

describe("the launch of release 1.6 on a current Envoy", () => {
  async function oldLaunch(): Promise<EpochPlan> {
    const directory = workDirectory();
    const command = [...OFFLINE, ...SOURCE.command, "render", "--profile", "istio-1.6", "--format", "launch", "sidecar"];
    const { out } = await runToEnd(command, directory, environmentOf({ environment: { ISTIO_META_TOKEN: TOKEN } }, directory));
    const launch: EpochPlan = JSON.parse(out).epoch;
    write(launch.configFile, launch.bootstrap ?? "");
    return launch;
  }

  test("is rejected for a flag, which --adapt-envoy omits", async () => {
    expect(await endOf(await oldLaunch(), { runsOldContract: true })).toEqual({
      text: "Envoy exited with status 1, because it rejects its arguments: argument --max-obj-name-len: Couldn't find match for argument",
      hint: ADAPT,
    });
  });

  test("is rejected for API v2, which --adapt-envoy converts", async () => {
    const launch = await oldLaunch();
    const kept = launch.options.filter(({ name }) => name !== "--max-obj-name-len");
    const found = await endOf({ ...launch, options: [...kept, ownBaseId(300_000)] }, { runsOldContract: true });
    expect(launch.bootstrap).toContain(TOKEN);
    expect(found).toEqual({
      text: expect.stringMatching(
        /rejects its configuration: could not find @type 'type\.googleapis\.com\/envoy\.config\.[\w.]+\.v2\.\w+'$/,
      ),
      hint: ADAPT,
    });
  });
});

describe("an Envoy that rejects an override", () => {
  const OWN = [{ kind: "override", path: "/o.yaml", origin: "ISTIO_BOOTSTRAP_OVERRIDE" }] as const;
  const NAMED = '; Envoy merges the override "/o.yaml" (ISTIO_BOOTSTRAP_OVERRIDE), whose lists are appended';
  const twice = { static_resources: { clusters: [{ name: "a", type: "STATIC" }] } };
  test.each([
    ["its own format", {}],
    ["the text of release 1.30", { text_format: "%Y-%m-%dT%T.%fZ\t%l\tenvoy %n %g:%#\t%v\tthread=%t" }],
    ["JSON", { json_format: { level: "%l", msg: "%j", thread: "%t" } }],
    ["JSON with other names", { json_format: { severity: "%l", said: { text: "%j" }, thread: "%t" } }],
    ["a text with the thread behind", { text_format: "%l %v (%t, %P)" }],
  ])("and logs as %s is reported with it, without its log format", async (_, format) => {
    const document = { ...twice, ...(Object.keys(format).length === 0 ? {} : { application_log_config: { log_format: format } }) };
    const launch = launchOf(document, optionsOf("--disable-hot-restart", "--config-yaml", JSON.stringify(twice)));
    expect((await endOf({ ...launch, ownConfiguration: OWN })).text).toBe(
      `Envoy exited with status 1, because it rejects its configuration: cluster manager: duplicate cluster 'a'${NAMED}`,
    );
  });
});

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
    const end = { wasLive: false, isRequested: false, baseline: readBaseline(), portSettings: [], runsOldContract: false };
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

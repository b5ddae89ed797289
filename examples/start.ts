import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { buildWhenStale, EXECUTABLE } from "../build/build-when-stale.ts";
import { getEnvoy } from "./get-envoy.ts";
import { freePorts, isFree } from "./ports.ts";

const HELLO = join(import.meta.dir, "hello");
const GREETING = "hello from attache\n";
/** How long Envoy may take to become live, in milliseconds. */
const PATIENCE = 60_000;

/** Every port of the example, with the option that changes it. */
const PORTS = { admin: 15000, listener: 10000, metrics: 15090, readiness: 15021, status: 15020 } as const;
type PortName = keyof typeof PORTS;
type Ports = Readonly<Record<PortName, number>>;
const NAMES = Object.keys(PORTS) as readonly PortName[]; // the keys of the literal above

interface Options {
  readonly check: boolean;
  readonly ports: Readonly<Partial<Record<PortName, number>>>;
}

/** attache as this example starts it: environment, and where Envoy finds its listeners. */
interface Setting {
  readonly directory: string;
  readonly resources: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: Ports;
}

process.exit(await main(process.argv.slice(2)));

/** Runs attache and a real Envoy until Ctrl-C, or with --check until a request was answered. Returns the exit status. */
async function main(argv: string[]): Promise<number> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());
  try {
    const options = optionsOf(argv);
    const setting = await prepare(options).catch((error: unknown) => {
      stop.signal.throwIfAborted(); // Ctrl-C ends the build and the download too
      throw error;
    });
    stop.signal.throwIfAborted();
    try {
      await run(setting, options.check, stop.signal);
    } finally {
      // Otherwise the commands that were printed need it.
      if (options.check) rmSync(setting.directory, { recursive: true, force: true });
    }
    return 0;
  } catch (error) {
    if (error === stop.signal.reason && !argv.includes("--check")) return 0;
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

function optionsOf(argv: string[]): Options {
  const given = Object.fromEntries(NAMES.map((name) => [`${name}-port`, { type: "string" as const }]));
  const { values } = parseArgs({ args: argv, options: { check: { type: "boolean" as const }, ...given } });
  const texts = new Map<string, unknown>(Object.entries(values));
  const ports = NAMES.flatMap((name) => {
    const text = texts.get(`${name}-port`);
    if (text === undefined) return [];
    if (!/^[1-9][0-9]{0,4}$/.test(String(text)) || Number(text) > 65535)
      throw new Error(`--${name}-port must be a port from 1 to 65535: current value is "${text}"`);
    return [[name, Number(text)] as const];
  });
  return { check: values["check"] === true, ports: Object.fromEntries(ports) };
}

async function prepare(options: Options): Promise<Setting> {
  await buildWhenStale(console.log);
  const envoy = await getEnvoy(console.log);
  const ports = await choosePorts(options.ports);
  // By a port, which two examples cannot share.
  const directory = join(dirname(EXECUTABLE), `start-${ports.listener}`);
  mkdirSync(directory, { recursive: true });
  const proxyConfig = {
    binaryPath: envoy,
    configPath: join(directory, "proxy"),
    controlPlaneAuthPolicy: "NONE",
    discoveryAddress: "localhost:15010",
    // Nobody moves traffic away from the example, so nothing is waited for when it ends.
    terminationDrainDuration: "0s",
    ...(ports.admin === PORTS.admin ? {} : { proxyAdminPort: ports.admin }),
    ...(ports.status === PORTS.status ? {} : { statusPort: ports.status }),
  };
  return {
    directory,
    ports,
    resources: resourcesFor(ports.listener, directory),
    environment: {
      PATH: process.env["PATH"] ?? "",
      CLOUD_PLATFORM: "none",
      POD_NAME: "hello",
      POD_NAMESPACE: "default",
      INSTANCE_IP: "127.0.0.1",
      ...(ports.metrics === PORTS.metrics ? {} : { ENVOY_PROMETHEUS_PORT: String(ports.metrics) }),
      ...(ports.readiness === PORTS.readiness ? {} : { ENVOY_STATUS_PORT: String(ports.readiness) }),
      PROXY_CONFIG: JSON.stringify(proxyConfig),
    },
  };
}

/** The default ports, or free ones instead of those that are taken. @throws Error for a taken port that was asked for */
async function choosePorts(asked: Options["ports"]): Promise<Ports> {
  const spare = await freePorts(NAMES.length);
  const chosen = await Promise.all(
    NAMES.map(async (name, index) => {
      const wanted = asked[name] ?? PORTS[name];
      if (await isFree(wanted)) return [name, wanted] as const;
      if (asked[name] !== undefined) throw new Error(`Port ${wanted} is in use: choose another one with --${name}-port`);
      const port = spare[index] ?? 0;
      console.log(`Port ${wanted} is in use, using ${port} instead (choose another with --${name}-port)`);
      return [name, port] as const;
    }),
  );
  return { ...PORTS, ...Object.fromEntries(chosen) };
}

/** The example's directory as it is, or a copy with another port. */
function resourcesFor(port: number, directory: string): string {
  if (port === PORTS.listener) return HELLO;
  const copy = join(directory, "hello");
  cpSync(HELLO, copy, { recursive: true });
  const file = join(copy, "listeners.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace(`port_value: ${PORTS.listener}`, `port_value: ${port}`));
  return copy;
}

async function run(setting: Setting, check: boolean, stop: AbortSignal): Promise<void> {
  const attache = Bun.spawn([EXECUTABLE, "proxy", "sidecar", "--xds", `file:${setting.resources}`], {
    cwd: setting.directory,
    env: setting.environment,
    stdio: ["ignore", "inherit", check ? "pipe" : "inherit"],
  });
  const logged = check ? new Response(attache.stderr).text() : Promise.resolve(""); // otherwise the terminal shows it
  const ended = attache.exited;
  try {
    const problem = await Promise.race([
      ended.then((status) => `attache exited with status ${status}`),
      untilAnswered(setting.ports, stop),
    ]);
    stop.throwIfAborted();
    if (problem !== undefined) {
      attache.kill("SIGTERM");
      throw new Error([problem, ...(await logged).trimEnd().split("\n").slice(-20)].join("\n"));
    }
    if (!check) {
      console.log(guideOf(setting));
      await Promise.race([ended, aborted(stop)]);
    }
  } finally {
    attache.kill("SIGTERM"); // no effect on one that is gone
    await ended;
  }
  const status = await ended;
  if (status !== 0) throw new Error(`attache exited with status ${status}`);
  console.log(check ? "checked: Envoy live and ready, request answered, exit status 0" : "attache exited with status 0");
}

/** Asks until Envoy is live and the listener answers. Returns what is still wrong when the time is over, or stops asking on a stop. */
async function untilAnswered(ports: Ports, stop: AbortSignal): Promise<string | undefined> {
  const deadline = performance.now() + PATIENCE;
  while (!stop.aborted) {
    const problem = (await problemWith(ports.admin, "/ready", "LIVE\n")) ?? (await problemWith(ports.listener, "/", GREETING));
    if (problem === undefined) return undefined;
    if (performance.now() > deadline) return `Envoy is not ready after ${PATIENCE / 1000} s: ${problem}`;
    await Bun.sleep(50);
  }
  return undefined;
}

async function problemWith(port: number, path: string, wanted: string): Promise<string | undefined> {
  const url = `http://127.0.0.1:${port}${path}`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    const text = await response.text();
    return response.status === 200 && text === wanted ? undefined : `${url} answers ${response.status} "${text.trim()}"`;
  } catch (error) {
    return `${url}: ${error instanceof Error ? error.message : error}`;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function guideOf({ ports, resources, environment }: Setting): string {
  const here = (path: string) => relative(process.cwd(), path) || ".";
  const quoted = (text: string) => (/^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  const assignments = Object.entries(environment).map(([name, value]) => (name === "PATH" ? 'PATH="$PATH"' : `${name}=${quoted(value)}`));
  const commandOf = (name: string) =>
    `env -i ${assignments.join(" ")} \\\n    ${here(EXECUTABLE)} ${name} sidecar --xds ${quoted(`file:${resources}`)}`;
  return `
Envoy is live, supervised by attache. Open next:

  http://127.0.0.1:${ports.listener}/                    the listener of ${here(resources)}/listeners.yaml
  http://127.0.0.1:${ports.admin}/ready               Envoy's own readiness
  http://127.0.0.1:${ports.admin}/listeners           what it listens on
  http://127.0.0.1:${ports.admin}/config_dump         its whole configuration: bootstrap, listeners, clusters
  http://127.0.0.1:${ports.status}/healthz/ready       the readiness probe of Kubernetes
  http://127.0.0.1:${ports.status}/stats/prometheus    metrics of Envoy and of attache

The same bootstrap on standard output, without starting anything:

  ${commandOf("render")}

The same proxy without npm, after this one has stopped:

  ${commandOf("proxy")}

Ctrl-C stops it.
`;
}

import { expect } from "bun:test";
import { cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../../examples/ports.ts";
import { ROOT, type Subject } from "../support/subject.ts";
import { environmentOf, eventually, type Setting, workDirectory, write } from "./support.ts";

/** attache with a real Envoy on free ports; its listener is in a separate directory. */
export interface RunningProxy extends AsyncDisposable {
  readonly process: Bun.Subprocess<"ignore", "ignore", "pipe">;
  readonly directory: string;
  /** The URL of the listener. */
  readonly url: string;
  readonly admin: string;
  /** The URL of the status port. */
  readonly status: string;
  /** Returns everything on standard error so far. */
  readonly said: () => string;
  /** Resolves when the output contains a text so many times. */
  readonly saying: (text: string, times?: number) => Promise<void>;
  /** Returns the running Envoys, oldest first. */
  readonly envoys: () => readonly number[];
  readonly live: () => Promise<void>;
  /** Resolves when the agent has exited, with its status and the time from now; nothing may be left over. */
  readonly ended: () => Promise<{ readonly status: number; readonly milliseconds: number }>;
}

export async function startProxy(subject: Subject, setting: Setting = {}): Promise<RunningProxy> {
  const directory = workDirectory();
  const [admin = 0, listener = 0, metrics = 0, readiness = 0, status = 0] = await freePorts(5);
  cpSync(join(ROOT, "examples/hello"), join(directory, "xds"), { recursive: true });
  replaceListener(directory, listener, "hello");
  for (const [path, text] of Object.entries(setting.files ?? {})) write(join(directory, path), text);
  const env = environmentOf(
    {
      ...setting,
      proxyConfig: { proxyAdminPort: admin, statusPort: status, ...setting.proxyConfig },
      environment: { ENVOY_PROMETHEUS_PORT: String(metrics), ENVOY_STATUS_PORT: String(readiness), ...setting.environment },
    },
    directory,
  );
  const args = setting.args ?? ["sidecar", "--xds", `file:${join(directory, "xds")}`];
  const process = Bun.spawn([...subject.command, "proxy", ...args], { cwd: directory, env, stdio: ["ignore", "ignore", "pipe"] });
  const chunks: Uint8Array[] = [];
  const reading = (async () => {
    for await (const chunk of process.stderr) chunks.push(chunk);
  })();
  const said = () => Buffer.concat(chunks).toString();
  const envoys = () => envoysOf(process.pid);
  const adminUrl = `http://127.0.0.1:${admin}`;
  return {
    process,
    directory,
    url: `http://127.0.0.1:${listener}/`,
    admin: adminUrl,
    status: `http://127.0.0.1:${status}`,
    said,
    envoys,
    async saying(text, times = 1) {
      await eventually(() => (said().split(text).length > times ? true : undefined)).catch(() => expect(said()).toContain(text));
    },
    live: async () => void (await eventually(() => answers(`${adminUrl}/ready`, "LIVE\n"))),
    async ended() {
      const started = performance.now();
      const before = envoys();
      const code = await process.exited;
      const milliseconds = performance.now() - started;
      await reading;
      await eventually(() => (before.every(isGone) ? true : undefined));
      return { status: code, milliseconds };
    },
    async [Symbol.asyncDispose]() {
      const left = envoys();
      if (process.exitCode === null && process.signalCode === null) process.kill("SIGKILL");
      await process.exited;
      for (const pid of left) if (!isGone(pid)) globalThis.process.kill(pid, "SIGKILL");
    },
  };
}

/** Replaces the current listener by one with another greeting. */
export function replaceListener(directory: string, port: number, greeting: string): void {
  const target = join(directory, "xds/listeners.yaml");
  const text = readFileSync(join(ROOT, "examples/hello/listeners.yaml"), "utf8")
    .replace("port_value: 10000", `port_value: ${port}`)
    .replace("hello from attache", `${greeting} from attache`);
  writeFileSync(`${target}.new`, text);
  renameSync(`${target}.new`, target);
}

export async function answers(url: string, text: string): Promise<true | undefined> {
  const response = await fetch(url, { headers: { connection: "close" }, signal: AbortSignal.timeout(2_000) });
  return (await response.text()) === text ? true : undefined;
}

/** The name that the kernel shows for the process that makes a key, which runs `/proc/self/exe`. */
const KEY_MAKER = "exe";

/** Returns the child processes of an agent in start order, without one that makes a key or is not executed yet. */
function envoysOf(agent: number): readonly number[] {
  const others = [KEY_MAKER, nameOf(agent), undefined];
  return childrenOf(agent).filter((pid) => !others.includes(nameOf(pid)));
}

/** Returns the name that the kernel shows for a process; undefined when it is gone. */
function nameOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** Returns the child processes of a process in start order. */
function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim().split(" "))
      .filter((each) => each !== "")
      .map(Number)
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

/** Returns whether a process has ended, including a zombie. */
export function isGone(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8").replace(/\(.*\)/, ""));
  } catch {
    return true;
  }
}

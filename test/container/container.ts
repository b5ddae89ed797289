import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../envoy/support.ts";
import { ROOT } from "../support/subject.ts";
import { attempt, type Ended, succeed } from "./engine.ts";

export interface ContainerPlan {
  readonly image: string;
  /** Default: `proxy sidecar --xds file:/etc/envoy`. */
  readonly args?: readonly string[];
  /** Directory of Envoy's resources; default examples/hello. */
  readonly resources?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Options of `podman run`, which override the default ones. */
  readonly options?: readonly string[];
  /** Memory limit, by podman's units; default 128m. */
  readonly memory?: string;
}

/** A running container; removed with its directory at the end of the scope. */
export interface Container extends AsyncDisposable {
  /** Process id of its PID 1, on this machine. */
  readonly pid: () => Promise<number>;
  readonly exec: (...args: readonly string[]) => Promise<Ended>;
  readonly log: () => Promise<string>;
  /** Sends a signal to PID 1. */
  readonly kill: (signal: string) => Promise<void>;
  /** Runs `podman stop` with a timeout in seconds. Returns its duration in milliseconds. */
  readonly stop: (seconds: number) => Promise<number>;
  readonly start: () => Promise<void>;
  /** The exit status when it ends by itself. */
  readonly ended: () => Promise<number>;
  /** Waits with `attache wait` until the proxy is ready. @throws Error with the log */
  readonly ready: () => Promise<void>;
  /** Waits until Envoy reports that it is live. @throws Error with the log */
  readonly live: () => Promise<void>;
}

export const WORDS = ["proxy", "sidecar", "--xds", "file:/etc/envoy"] as const;

/** The environment of a test container. */
export const ENVIRONMENT = {
  POD_NAME: "hello",
  POD_NAMESPACE: "default",
  INSTANCE_IP: "127.0.0.1",
  CLOUD_PLATFORM: "none",
  PROXY_CONFIG: '{"controlPlaneAuthPolicy":"NONE","discoveryAddress":"localhost:15010","terminationDrainDuration":"1s"}',
} as const;

/** Returns the arguments of podman and docker that set environment variables. */
export function variables(environment: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
}

/**
 * Starts a container as in a hardened cluster: only loopback, a read-only root, no capabilities, no new privileges, a memory limit, one
 * writable directory in memory, and the resources of examples/hello.
 */
export async function startContainer(plan: ContainerPlan): Promise<Container> {
  const id = await succeed(
    ...["podman", "run", "--detach", "--pull=never", "--network=none", "--read-only", "--read-only-tmpfs=false", "--cap-drop=all"],
    ...["--security-opt=no-new-privileges", `--memory=${plan.memory ?? "128m"}`],
    ...["--volume", `${plan.resources ?? join(ROOT, "examples/hello")}:/etc/envoy:ro`],
    ...(plan.options ?? ["--mount", "type=tmpfs,destination=/etc/istio/proxy,tmpfs-size=200m,U=true"]),
    ...variables({ ...ENVIRONMENT, ATTACHE_GRACE_PERIOD: "30", ...plan.environment }),
    ...[plan.image, ...(plan.args ?? WORDS)],
  );
  return containerOf(id);
}

function containerOf(id: string): Container {
  const log = async () => {
    const { out, err } = await attempt(["podman", "logs", id]);
    return out + err;
  };
  const exec = (...args: readonly string[]) => attempt(["podman", "exec", id, ...args]);
  return {
    exec,
    log,
    pid: async () => Number(await succeed("podman", "inspect", "--format", "{{.State.Pid}}", id)),
    kill: async (signal) => void (await succeed("podman", "kill", "--signal", signal, id)),
    async stop(seconds) {
      const started = performance.now();
      await succeed("podman", "stop", "--time", String(seconds), id);
      return performance.now() - started;
    },
    start: async () => void (await succeed("podman", "start", id)),
    ended: async () => Number(await succeed("podman", "wait", id)),
    async ready() {
      const { status, err } = await exec("/usr/local/bin/pilot-agent", "wait", "--periodMillis=50", "--timeoutSeconds=30");
      if (status !== 0) throw new Error(`Not ready: ${err}\n${await log()}`);
    },
    async live() {
      const asked = async () =>
        (await exec("/usr/local/bin/pilot-agent", "request", "GET", "ready")).out.trim() === "LIVE" ? true : undefined;
      await eventually(asked).catch(async (cause) => {
        throw new Error(`Not live:\n${await log()}`, { cause });
      });
    },
    [Symbol.asyncDispose]: async () => void (await succeed("podman", "rm", "--force", "--time", "0", id)),
  };
}

/** A directory that uid 1337 can write to; removed at the end of the scope. */
export function writableDirectory(above = tmpdir()): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(above, "attache-container-"));
  chownSync(path, 1337, 1337);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Returns a field of `/proc/PID/status`. */
export function statusOf(pid: number, field: string): string {
  return new RegExp(`^${field}:\\s*(.*)$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "";
}

/** Returns Envoy's process id among the children of a container's PID 1. @throws Error if it does not exist */
export function envoyOf(pid: number): number {
  const envoy = childrenOf(pid).find(({ name }) => name === "envoy");
  if (envoy === undefined) throw new Error(`Process ${pid} has no child "envoy"`);
  return envoy.pid;
}

/** Starts a test program in the network of a process, like a container of the same pod; it ends with the scope. */
export function startNeighbour(pid: number, program: string, ...args: readonly string[]): Bun.Subprocess<"pipe", "pipe", "inherit"> {
  const path = join(import.meta.dir, program);
  return Bun.spawn(["nsenter", "--target", String(pid), "--net", process.execPath, path, ...args], { stdio: ["pipe", "pipe", "inherit"] });
}

/** Returns the children of a process with their state, such as `Z`. */
export function childrenOf(pid: number): readonly { readonly pid: number; readonly state: string; readonly name: string }[] {
  return readdirSync("/proc").flatMap((name) => {
    try {
      const [, command = "", state = "", parent = ""] = /^\d+ \((.*)\) (\S) (\d+) /s.exec(readFileSync(`/proc/${name}/stat`, "utf8")) ?? [];
      return Number(parent) === pid ? [{ pid: Number(name), state, name: command }] : [];
    } catch {
      return []; // Not a process, or one that has ended.
    }
  });
}

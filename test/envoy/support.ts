import { afterAll, expect } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { getEnvoy } from "../../examples/get-envoy.ts";
import type { Subject } from "../support/subject.ts";

export { eventually } from "../support/eventually.ts";

/** The real Envoy; without one the tests fail. */
export const ENVOY = await getEnvoy(console.error);

/** Creates a directory that is removed after the file's tests. */
export function workDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "attache-envoy-"));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Writes a file and creates its parent directories. */
export function write(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** What attache is started with in its directory. */
export interface Setting {
  readonly proxyConfig?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Annotations of the pod, without the prefix `sidecar.istio.io/`. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Files in the proxy's working directory, by relative path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Returns the complete environment of a start: of ours only PATH, and no cloud is searched. */
export function environmentOf(setting: Setting, directory: string): Record<string, string> {
  const proxyConfig = {
    binaryPath: ENVOY,
    configPath: join(directory, "proxy"),
    controlPlaneAuthPolicy: "NONE",
    discoveryAddress: "localhost:15010",
    ...setting.proxyConfig,
  };
  return {
    PATH: process.env["PATH"] ?? "",
    CLOUD_PLATFORM: "none",
    POD_NAME: "hello",
    POD_NAMESPACE: "default",
    INSTANCE_IP: "127.0.0.1",
    PROXY_CONFIG: JSON.stringify(proxyConfig),
    ...setting.environment,
  };
}

/** The exit of a program and its output. */
export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export async function runToEnd(command: readonly string[], cwd: string, env: Record<string, string>): Promise<Ended> {
  const child = Bun.spawn([...command], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { status: await child.exited, out, err };
}

/** Returns the bootstrap that `render` prints for a setting. */
export async function render(subject: Subject, setting: Setting, directory: string): Promise<string> {
  const lines = Object.entries(setting.annotations ?? {}).map(([name, value]) => `sidecar.istio.io/${name}=${JSON.stringify(value)}\n`);
  write(join(directory, "etc/istio/pod/annotations"), lines.join(""));
  const command = [...subject.command, "render", ...(setting.args ?? ["sidecar"])];
  const { status, out, err } = await runToEnd(command, directory, environmentOf(setting, directory));
  expect({ status, err }).toEqual({ status: 0, err: expect.any(String) });
  return out;
}

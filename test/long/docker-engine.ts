import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory } from "../../build/cache-directory.ts";
import { type Ended, run } from "../container/engine.ts";
import { eventually } from "../envoy/support.ts";

/** A separate Docker engine with its command; its images are removed at the end of the scope. */
export interface Docker extends AsyncDisposable {
  /** Returns the standard output of `docker`. @throws Error with its last lines if it fails */
  readonly docker: (...args: readonly string[]) => Promise<string>;
  readonly attempt: (...args: readonly string[]) => Promise<Ended>;
}

/** Debian's engine, unpacked instead of installed, so an installed engine is not changed. */
const PACKAGES = ["docker.io", "containerd", "tini"];

/** Starts Docker without networks; requires root. BuildKit builds the images. @throws Error with the engine's log */
export async function startDocker(): Promise<Docker> {
  const programs = await unpacked();
  const work = mkdtempSync("/tmp/attache-docker-");
  const at = (name: string) => join(work, name);
  const env = {
    ...process.env,
    PATH: `${join(programs, "usr/bin")}:${join(programs, "usr/sbin")}:${process.env["PATH"]}`,
    HOME: work,
    DOCKER_HOST: `unix://${at("socket")}`,
    DOCKER_BUILDKIT: "1",
  };
  const places = ["--data-root", at("data"), "--exec-root", at("exec"), "--pidfile", at("pid"), "--host", env.DOCKER_HOST];
  const log = Bun.file(at("log"));
  const engine = Bun.spawn(["dockerd", "--iptables=false", "--bridge=none", ...places], { env, stdio: ["ignore", log, log] });
  const attempt = (...args: readonly string[]) => run(["docker", ...args], env);
  const docker = async (...args: readonly string[]) => {
    const { status, out, err } = await attempt(...args);
    if (status !== 0) throw new Error(`docker ${args.join(" ")} exits with ${status}:\n${`${out}\n${err}`.slice(-3_000)}`);
    return out.trim();
  };
  const dispose = async () => {
    engine.kill("SIGTERM");
    await engine.exited;
    rmSync(work, { recursive: true, force: true });
  };
  try {
    await eventually(async () => ((await attempt("version")).status === 0 ? true : undefined), 60_000);
  } catch (cause) {
    const text = await log.text();
    await dispose();
    throw new Error(`Cannot start Docker:\n${text.slice(-3_000)}`, { cause });
  }
  return { docker, attempt, [Symbol.asyncDispose]: dispose };
}

/** Downloads the packages' programs once into the cache directory. */
async function unpacked(): Promise<string> {
  const directory = join(cacheDirectory(), "docker");
  if (existsSync(directory)) return directory;
  mkdirSync(cacheDirectory(), { recursive: true });
  const work = mkdtempSync(join(cacheDirectory(), ".fetch-"));
  try {
    const root = join(work, "root");
    const script = 'apt-get update -qq && apt-get download -qq "$@" && for package in *.deb; do dpkg-deb -x "$package" root; done';
    const { status, err } = await run(["sh", "-ec", script, "sh", ...PACKAGES], process.env, work);
    if (status !== 0) throw new Error(`Cannot fetch ${PACKAGES.join(", ")}:\n${err.slice(-3_000)}`);
    renameSync(root, directory);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return directory;
}

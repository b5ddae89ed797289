import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheDirectory } from "../../build/cache-directory.ts";

/** Programs that the tests need, each from the Debian package of that name. `.ci/run` installs them. */
export const TOOLS = ["podman", "buildah", "runc", "mmdebstrap"] as const;

const HOME = join(cacheDirectory(), "engine");
/** Run-time state, which must not survive a reboot. podman needs the same path at every start, one per image store. */
const RUN = `/run/attache-engine-${Bun.hash.crc32(HOME).toString(16)}`;

let settings: Record<string, string | undefined> | undefined;

/**
 * Separate settings for podman and buildah, so that the machine's configuration, images and locks are neither used nor
 * changed. systemd is not used, and limits are low enough for a machine without CAP_SYS_RESOURCE, where podman's default
 * limits cannot be set.
 */
function environment(): Record<string, string | undefined> {
  if (settings !== undefined) return settings;
  mkdirSync(HOME, { recursive: true });
  const [containers, storage] = [join(HOME, "containers.conf"), join(HOME, "storage.conf")];
  const engine = { runtime: "runc", cgroup_manager: "cgroupfs", events_logger: "file", lock_type: "file", tmp_dir: join(RUN, "libpod") };
  writeFileSync(
    containers,
    `[containers]\ndefault_ulimits = ["nofile=1024:4096", "nproc=4096:4096"]\nlog_driver = "k8s-file"\n[engine]\n${assignments(engine)}`,
  );
  writeFileSync(
    storage,
    `[storage]\n${assignments({ driver: driver(), runroot: join(RUN, "storage"), graphroot: join(HOME, "storage") })}`,
  );
  settings = { ...process.env, CONTAINERS_CONF: containers, CONTAINERS_STORAGE_CONF: storage };
  return settings;
}

function assignments(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`)
    .join("");
}

/** Returns overlay if it can be mounted in the cache directory, which fails on top of another overlay; else vfs. */
function driver(): string {
  const work = mkdtempSync(join(HOME, ".probe-"));
  try {
    for (const name of ["lower", "upper", "scratch", "merged"]) mkdirSync(join(work, name));
    const options = "lowerdir=lower,upperdir=upper,workdir=scratch";
    const mount = ["mount", "-t", "overlay", "overlay", "-o", options, "merged"];
    if (Bun.spawnSync(mount, { cwd: work, stderr: "ignore" }).exitCode !== 0) return "vfs";
    Bun.spawnSync(["umount", "merged"], { cwd: work });
    return "overlay";
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The exit status and output of a program. */
export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end with these settings. */
export function attempt(command: readonly string[]): Promise<Ended> {
  return run(command, environment());
}

/** Runs a program to its end. A container that ran out of memory leaves a file "oom" where its monitor was started. */
export async function run(command: readonly string[], env: Record<string, string | undefined>, cwd = tmpdir()): Promise<Ended> {
  const child = Bun.spawn([...command], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { status: await child.exited, out, err };
}

/** Returns the standard output of a program. @throws Error with its last lines if it fails */
export async function succeed(...command: readonly string[]): Promise<string> {
  const { status, out, err } = await attempt(command);
  if (status !== 0) throw new Error(`${command.join(" ")} exits with ${status}:\n${`${out}\n${err}`.slice(-3_000)}`);
  return out.trim();
}

/** Like `succeed`, but with a lock against other checkouts, which could remove images that are being built. */
export function succeedAlone(...command: readonly string[]): Promise<string> {
  environment();
  return succeed("flock", join(HOME, "lock"), ...command);
}

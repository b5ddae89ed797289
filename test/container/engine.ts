import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheDirectory } from "../../build/cache-directory.ts";

/** Programs the tests need; all are Debian packages of that name. `.ci/run` installs them. */
export const TOOLS = ["podman", "buildah", "runc", "mmdebstrap"] as const;

const HOME = join(cacheDirectory(), "engine");
/** What must not outlive a restart of the machine; podman wants the same path at every start, and one for each store of images. */
const RUN = `/run/attache-engine-${Bun.hash.crc32(HOME).toString(16)}`;

let settings: Record<string, string | undefined> | undefined;

/**
 * Settings of our own for podman and buildah, so that the machine's configuration, images and locks are neither used nor
 * touched. No systemd is asked for anything, and limits are low enough for a machine without CAP_SYS_RESOURCE, where podman's own
 * default cannot be set.
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

/** overlay where the kernel mounts it in the cache directory, which it does not on top of another overlay; else whole copies. */
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

/** A program's end and what it wrote. */
export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end with our settings. */
export function attempt(command: readonly string[]): Promise<Ended> {
  return run(command, environment());
}

/** Runs a program to its end. A container that ran out of memory leaves a file "oom" where its monitor was started. */
export async function run(command: readonly string[], env: Record<string, string | undefined>, cwd = tmpdir()): Promise<Ended> {
  const child = Bun.spawn([...command], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { status: await child.exited, out, err };
}

/** What a program wrote on standard output. @throws Error with its last lines when it fails */
export async function succeed(...command: readonly string[]): Promise<string> {
  const { status, out, err } = await attempt(command);
  if (status !== 0) throw new Error(`${command.join(" ")} ends with ${status}:\n${`${out}\n${err}`.slice(-3_000)}`);
  return out.trim();
}

/** As `succeed`, but while no other checkout of the repository does so: what one builds is nothing another may clear away. */
export function succeedAlone(...command: readonly string[]): Promise<string> {
  environment();
  return succeed("flock", join(HOME, "lock"), ...command);
}

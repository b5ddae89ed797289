import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheDirectory } from "../../build/cache-directory.ts";

/** Programs the tests need; all are Debian packages of that name. */
export const TOOLS = ["podman", "buildah", "runc", "mmdebstrap"] as const;

const HOME = join(cacheDirectory(), "containers");

/**
 * Settings of our own for podman and buildah, so that neither the machine's configuration nor its images are touched. Limits are
 * low enough for a machine without CAP_SYS_RESOURCE, where podman's own default cannot be set.
 */
function environment(): Record<string, string | undefined> {
  mkdirSync(HOME, { recursive: true });
  const [containers, storage] = [join(HOME, "containers.conf"), join(HOME, "storage.conf")];
  writeFileSync(
    containers,
    '[containers]\ndefault_ulimits = ["nofile=1024:4096", "nproc=4096:4096"]\n' +
      '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n',
  );
  writeFileSync(
    storage,
    `[storage]\ndriver = "overlay"\nrunroot = ${JSON.stringify(join(HOME, "run"))}\ngraphroot = ${JSON.stringify(join(HOME, "storage"))}\n`,
  );
  return { ...process.env, CONTAINERS_CONF: containers, CONTAINERS_STORAGE_CONF: storage };
}

const env = environment();

/** A program's end and what it wrote. */
export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end with our settings. */
export async function attempt(words: readonly string[]): Promise<Ended> {
  // A container that ran out of memory leaves a file "oom" where its monitor was started.
  const child = Bun.spawn([...words], { cwd: tmpdir(), env, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { status: await child.exited, out, err };
}

/** What a program wrote on standard output. @throws Error with its last lines when it fails */
export async function succeed(...words: readonly string[]): Promise<string> {
  const { status, out, err } = await attempt(words);
  if (status !== 0) throw new Error(`${words.join(" ")} ends with ${status}:\n${`${out}\n${err}`.slice(-3_000)}`);
  return out.trim();
}

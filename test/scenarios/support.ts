import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CERTIFICATE_TEXT } from "../support/certificate-text.ts";
import { BINARY, ROOT, type Subject } from "../support/subject.ts";

const FIXTURES = join(import.meta.dir, "fixtures");
const COMPILED = join(ROOT, "node_modules/.cache/attache-fixtures");
const LIMIT = 30_000;

/** Returns the path of a fake Envoy: a script, or a C program where a shell could miss a signal. */
export function fixture(name: string): string {
  const script = join(FIXTURES, `${name}.sh`);
  return existsSync(script) ? script : compiled(name);
}

/** Returns a fixture in C, compiled once per version of its source. */
function compiled(name: string): string {
  const source = join(FIXTURES, `${name}.c`);
  const program = join(COMPILED, `${name}-${Bun.hash(readFileSync(source)).toString(36)}`);
  if (existsSync(program)) return program;
  mkdirSync(COMPILED, { recursive: true });
  const { exitCode, stderr } = Bun.spawnSync(["cc", "-o", `${program}.${process.pid}`, source]);
  if (exitCode !== 0) throw new Error(`Cannot compile ${source}: ${stderr}`);
  renameSync(`${program}.${process.pid}`, program);
  return program;
}

/** Returns the first child of a process; that of an agent is its Envoy, beside which it may make a key. */
export function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]);
}

let ports = 0;

/**
 * Returns an environment that sets a fixture as Envoy, with more fields of the ProxyConfig. A stop does not drain unless the
 * test sets it, and every start has a separate status port.
 */
export function envoyIs(name: string, config: object = {}): Record<string, string> {
  // Above Istio's, and below those where free ports are looked for.
  const statusPort = 16_000 + ((process.pid * 101 + ports++) % 4_000);
  return { PROXY_CONFIG: JSON.stringify({ binaryPath: fixture(name), terminationDrainDuration: "0s", statusPort, ...config }) };
}

/** A working directory as in a pod, with a root certificate; removed at the end of the scope, with all its processes. */
export interface Place extends Disposable {
  readonly directory: string;
  readonly path: (name: string) => string;
  /** Writes a file and the directories above it. */
  readonly write: (name: string, text: string, mode?: number) => void;
  readonly link: (target: string, name: string) => void;
  readonly read: (name: string) => string;
  readonly has: (name: string) => boolean;
  /** Returns every entry below, with mode, size and modification time. */
  readonly tree: () => readonly string[];
  readonly start: (subject: Subject, args: readonly string[], options?: Options) => Running;
  readonly run: (subject: Subject, args: readonly string[], options?: Options) => Promise<Ended>;
}

/** The environment of every program: PATH, and what keeps attache off the network. */
export const ENVIRONMENT: Readonly<Record<string, string>> = { PATH: process.env["PATH"] ?? "", CLOUD_PLATFORM: "none" };

export interface Options {
  /** Further variables beside those of `ENVIRONMENT`. */
  readonly env?: Readonly<Record<string, string>>;
  /** A program with its arguments that runs attache, such as `unshare -n`. */
  readonly wrap?: readonly string[];
  /** Descriptors instead of pipes that the test reads. */
  readonly stdout?: number;
  readonly stderr?: number;
}

export interface Ended {
  /** The exit code; null after a signal. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when standard error contains a text so many times. */
  readonly said: (text: string, times?: number) => Promise<void>;
  readonly signal: (name: "SIGTERM" | "SIGINT" | "SIGUSR1") => void;
  readonly ended: Promise<Ended>;
}

export function newPlace(): Place {
  const directory = mkdtempSync(join(tmpdir(), "attache-scenario-"));
  chmodSync(directory, 0o755);
  const processes: Bun.Subprocess[] = [];
  const path = (name: string) => join(directory, name);
  const place: Place = {
    directory,
    path,
    write(name, text, mode = 0o644) {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), text);
      chmodSync(path(name), mode);
    },
    link: (target, name) => symlinkSync(target, path(name)),
    read: (name) => readFileSync(path(name), "utf8"),
    has: (name) => existsSync(path(name)),
    tree: () => treeOf(directory),
    start(subject, args, options) {
      const { process, running } = startIn(directory, subject, args, options ?? {});
      processes.push(process);
      return running;
    },
    run: (subject, args, options) => place.start(subject, args, options).ended,
    [Symbol.dispose]() {
      for (const process of processes) endWithChildren(process);
      rmSync(directory, { recursive: true, force: true });
    },
  };
  place.write("var/run/secrets/istio/root-cert.pem", CERTIFICATE_TEXT);
  return place;
}

function startIn(
  directory: string,
  subject: Subject,
  args: readonly string[],
  { env = {}, wrap = [], stdout, stderr }: Options,
): { readonly process: Bun.Subprocess; readonly running: Running } {
  if (subject === BINARY && !existsSync(subject.command[0] ?? "")) throw new Error("There is no dist/attache: npm run build makes it");
  const child = Bun.spawn([...wrap, ...subject.command, ...args], {
    cwd: directory,
    env: { ...ENVIRONMENT, ...env },
    stdio: ["ignore", stdout ?? "pipe", stderr ?? "pipe"],
  });
  const out = gather(child.stdout);
  const err = gather(child.stderr);
  return {
    process: child,
    running: {
      pid: child.pid,
      stdout: out.text,
      stderr: err.text,
      said: (text, times = 1) => eventually(() => err.text().split(text).length > times, `${times} × "${text}" in: ${err.text()}`),
      signal: (name) => child.kill(name),
      ended: Promise.all([child.exited, out.whole, err.whole]).then(() => ({
        status: child.exitCode,
        stdout: out.text(),
        stderr: err.text(),
      })),
    },
  };
}

/** The text of a stream so far, and its end; empty for a descriptor of the test. */
function gather(stream: ReadableStream<Uint8Array> | number | undefined): {
  readonly text: () => string;
  readonly whole: Promise<void>;
} {
  const chunks: Uint8Array[] = [];
  const read = async () => {
    if (stream instanceof ReadableStream) for await (const chunk of stream) chunks.push(chunk);
  };
  return { text: () => Buffer.concat(chunks).toString(), whole: read() };
}

/** Kills the Envoy that a failed test may leave. */
function endWithChildren(process: Bun.Subprocess): void {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ");
  process.kill("SIGKILL");
  for (const child of children) if (child !== "") globalThis.process.kill(Number(child), "SIGKILL");
}

/** Resolves when a condition holds. @throws Error with `what` after half a minute */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + LIMIT;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`Not within ${LIMIT} ms: ${what}`);
    await Bun.sleep(2);
  }
}

export interface LogLine {
  readonly level: string;
  readonly text: string;
}

/** Returns the agent's messages in a log; lines without a timestamp belong to the message before. */
export function messagesIn(log: string): readonly LogLine[] {
  return [...log.matchAll(/^\S+Z\t(debug|info|warn|error)\t([\s\S]*?)(?=\n\S+Z\t(?:debug|info|warn|error)\t|\n*$(?![\s\S]))/gm)].map(
    ([, level = "", text = ""]) => ({ level, text }),
  );
}

/** Returns the texts of one level. */
export function textsOf(level: string, log: string): readonly string[] {
  return messagesIn(log)
    .filter((each) => each.level === level)
    .map(({ text }) => text);
}

/** Writes the files of `--xds file:.`, without resources. */
export function writeResources(place: Place): void {
  for (const name of ["clusters.yaml", "listeners.yaml"]) place.write(name, "resources: []\n");
}

function treeOf(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const { mode, size, mtimeMs } = statSync(join(directory, name));
      return `${name} ${mode.toString(8)} ${size} ${mtimeMs}`;
    });
}

export const IS_ROOT = process.getuid?.() === 0;

/** Runs a program without network, because release 1.6 has no variable that disables cloud discovery. */
export const OFFLINE: readonly string[] = IS_ROOT ? ["unshare", "-n"] : ["unshare", "-rn"];

/** Makes the mesh config a pipe, which blocks the agent's start. Returns a function that continues it. */
export function holdStart(place: Place): () => Promise<void> {
  place.write("etc/istio/config/.keep", "");
  const path = place.path("etc/istio/config/mesh");
  Bun.spawnSync(["mkfifo", path]);
  return () => eventually(() => isWritten(path, "{}"), "the agent reads its mesh config");
}

/** Returns whether a text could be written to a pipe, which requires a reader. */
function isWritten(path: string, text: string): boolean {
  try {
    const descriptor = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    writeSync(descriptor, text);
    closeSync(descriptor);
    return true;
  } catch {
    return false;
  }
}

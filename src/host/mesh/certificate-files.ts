import { logOnce } from "../../common/log-once.ts";
import type { Log } from "../../common/notice.ts";
import { backoffWait } from "../../mesh/backoff-wait.ts";
import type { MeshCounts } from "../../mesh/counts.ts";
import type { CertificateFiles, SdsPlan } from "../../mesh/mesh-plan.ts";
import { oneLine } from "../../mesh/peer-text.ts";
import { DEFAULT, ROOTCA, resourceName } from "../../mesh/resource-name.ts";
import { type Secret, SecretError } from "../../mesh/secret.ts";
import { nodeFs } from "../files/libc-files.ts";
import { errorCode, reasonOf } from "../files/read-file.ts";
import { digestOf } from "./digest-of.ts";
import { haveContent, partProblem } from "./file-problem.ts";
import { pause } from "./pause.ts";
import { readBytes } from "./read-bytes.ts";
import type { SecretWatches, SecretWatchTools } from "./secret-watches.ts";
import { SYSTEM_BUNDLES } from "./system-bundles.ts";
import { keyPairProblem, usableRoots } from "./x509.ts";

/** Secrets that come from files (contract 1.30 §13a: source, files). */
export interface FileSecrets {
  /** Returns the secret, or undefined if it does not come from files. @throws SecretError */
  readonly get: (name: string) => Promise<Secret | undefined>;
  readonly close: () => void;
}

/** What the files need. `changed` is called with the name of a secret whose file has changed, and its version; only tests set `limit`. */
export interface FileTools {
  readonly limit?: number;
  readonly changed: (name: string, version: number) => void;
  readonly counts: MeshCounts;
  readonly log: Log;
}

/** The longest time that unusable files are read again, in milliseconds (recorded: sds/file_missing). */
const LIMIT = 10_000;
/** As many as secrets that are watched: the names come from the clients of the socket. */
const MOST_PROBLEMS = 10_000;

type Source = { readonly kind: "pair"; readonly chain: string; readonly key: string } | { readonly kind: "root"; readonly path: string };

/** A secret, and the content of the file that is watched for it. */
interface Loaded {
  readonly secret: Secret;
  readonly content: Uint8Array;
}

/** Opens the files of a plan. A change is noticed for each secret that was read once. */
export function openFileSecrets(
  { files, ca, debounce, followsLinks }: Pick<SdsPlan, "files" | "ca" | "debounce" | "followsLinks">,
  { limit = LIMIT, changed, counts, log }: FileTools,
): FileSecrets {
  let watches: SecretWatches | undefined;
  const report = problemReport(log);
  const logUnused = logOnce(log);
  const stop = new AbortController();
  const warn = (problem: string) => {
    counts.fileWatcherFailures++;
    log("warn", problem);
  };
  const versionOf = (name: string) => watches?.version(name) ?? 0;
  /** Reads files, and again if a change of them becomes known meanwhile: streams that were told of it may get this result. */
  const readLatest = async (name: string, source: Source, time: number): Promise<Loaded> => {
    for (;;) {
      const version = versionOf(name);
      const loaded = await retry(() => (source.kind === "pair" ? loadPair(source) : loadRoot(source.path)), {
        first: debounce,
        limit: time,
        signal: stop.signal,
      });
      if (version === versionOf(name)) return loaded;
    }
  };
  const load = async (name: string, source: Source, time: number): Promise<Secret> => {
    try {
      const { secret, content } = await readLatest(name, source, time);
      report(name, undefined);
      watches ??= openWatches({ changed, warn });
      watches.seen(name, { path: source.kind === "pair" ? source.chain : source.path, followsLinks }, content);
      const version = versionOf(name);
      return version === 0 ? secret : { ...secret, version };
    } catch (error) {
      const reason = reasonOf(error);
      counts.fileSecretFailures++;
      report(name, reason);
      throw new SecretError(`context deadline exceeded with last error: ${reason}`, { cause: error });
    }
  };

  const loadOnce = sharedLoads(load, limit);

  return {
    async get(name) {
      const source = await sourceOf(name, files);
      if (source === undefined) {
        const unused = ca === undefined ? undefined : await partProblem(usualFiles(name, files));
        if (unused !== undefined) logUnused("warn", `Using the certificate authority instead of certificate files: ${unused}`);
        return undefined;
      }
      return loadOnce(name, source);
    },
    close() {
      stop.abort();
      watches?.close();
    },
  };
}

/**
 * Returns what loads a secret once for all who ask for it meanwhile. Each has the whole time (ms) for itself: when it is over for the first,
 * who came next goes on.
 */
function sharedLoads(load: (name: string, source: Source, time: number) => Promise<Secret>, limit: number) {
  const running = new Map<string, Promise<Secret>>();
  return async (name: string, source: Source): Promise<Secret> => {
    const until = performance.now() + limit;
    for (;;) {
      const other = running.get(name);
      if (other === undefined) break;
      const secret = await other.catch(() => undefined);
      if (secret !== undefined) return secret;
    }
    const own = load(name, source, until - performance.now()).finally(() => running.delete(name));
    running.set(name, own);
    return own;
  };
}

/** Most agents have no such file, and do not load what watches it. */
function openWatches(tools: SecretWatchTools): SecretWatches {
  const { secretWatches }: typeof import("./secret-watches.ts") = require("./secret-watches.ts");
  return secretWatches(tools);
}

/** Returns what logs why the files of a secret cannot be used, once until they can be used or the reason changes. */
function problemReport(log: Log): (name: string, problem: string | undefined) => void {
  /** Both sides are digests: names, which are a part of the reasons, can have 4 MiB. */
  const problems = new Map<string, string>();
  return (name, problem) => {
    const key = digestOf(name);
    if (problem === undefined) {
      problems.delete(key);
      return;
    }
    const last = digestOf(problem);
    if (last !== problems.get(key)) log("warn", `Cannot use the files of secret "${oneLine(name)}": ${oneLine(problem)}`);
    if (problems.size < MOST_PROBLEMS) problems.set(key, last);
  };
}

/** Returns the files that are used for a name in place of a CA. */
function usualFiles(name: string, files: CertificateFiles | undefined): readonly string[] {
  if (files === undefined) return [];
  return name === DEFAULT ? [files.chain, files.key] : name === ROOTCA ? [files.root] : [];
}

/** Returns the files of a name. Those of `default` and `ROOTCA` count only if they can be read and are not empty. @throws SecretError */
async function sourceOf(name: string, files: CertificateFiles | undefined): Promise<Source | undefined> {
  const wanted = resourceName(name);
  switch (wanted.kind) {
    case "file-cert":
      return { kind: "pair", chain: wanted.chain, key: wanted.key };
    case "file-root":
      return { kind: "root", path: wanted.path };
    case "system-root": {
      const path = SYSTEM_BUNDLES.find((each) => nodeFs().existsSync(each));
      return path === undefined ? undefined : { kind: "root", path };
    }
    case "no-path":
      throw new SecretError("the name of a file has no path");
    case "certificate":
      if (files === undefined || !(await haveContent([files.chain, files.key]))) return undefined;
      return { kind: "pair", chain: files.chain, key: files.key };
    case "root":
      return files !== undefined && (await haveContent([files.root])) ? { kind: "root", path: files.root } : undefined;
    case "other":
      return undefined;
  }
}

async function loadPair({ chain, key }: { readonly chain: string; readonly key: string }): Promise<Loaded> {
  const [chainBytes, keyBytes] = [await read(chain), await read(key)];
  const problem = keyPairProblem(chainBytes.toString("latin1"), keyBytes.toString("latin1"));
  if (problem !== undefined) throw new Error(`${problem} ("${chain}", "${key}")`);
  return { secret: { kind: "certificate", chain: chainBytes, key: keyBytes }, content: chainBytes };
}

async function loadRoot(path: string): Promise<Loaded> {
  const content = await read(path);
  const roots = usableRoots(content.toString("latin1"));
  if (roots === "") throw new Error(`failed to parse root certs from file ${path}`);
  return { secret: { kind: "validation", roots: Buffer.from(roots, "latin1") }, content };
}

/** Reads a file. @throws Error with Go's text (recorded: sds/file_missing) */
async function read(path: string): Promise<Buffer> {
  try {
    return await readBytes(path);
  } catch (error) {
    throw new Error(`${errorCode(error) === "EISDIR" ? "read" : "open"} ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

interface Patience {
  readonly first: number;
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** Repeats an action that fails, with growing waits, up to a limit. @throws the last error */
async function retry<T>(action: () => Promise<T>, { first, limit, signal }: Patience): Promise<T> {
  const end = performance.now() + limit;
  for (let failures = 0; ; failures++) {
    try {
      return await action();
    } catch (error) {
      const left = end - performance.now();
      if (left <= 0 || signal.aborted) throw error;
      await pause(Math.min(backoffWait(failures, Math.random, first), left), signal);
    }
  }
}

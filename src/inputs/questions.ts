import type { Parsed } from "../go/parsed.ts";
import type { FileRead } from "./inputs.ts";

/** A fact about the machine that a start needs, depending on its settings. */
export type Question =
  | { readonly kind: "read"; readonly path: string }
  | { readonly kind: "stat"; readonly path: string }
  | { readonly kind: "certificates"; readonly path: string }
  | { readonly kind: "lookup"; readonly host: string }
  | { readonly kind: "socket"; readonly path: string }
  | { readonly kind: "platform"; readonly clouds: readonly CloudQuery[]; readonly ipv6: boolean }
  | { readonly kind: "project-id" }
  | { readonly kind: "directory" }
  | { readonly kind: "installed-envoy"; readonly path: string }
  | { readonly kind: "envoy-version"; readonly binary: string; readonly orInstalled: boolean }
  | { readonly kind: "base-id"; readonly adminPort: number; readonly configPath: string };

/** A cloud whose metadata service may be asked. */
export type Cloud = "gcp" | "aws" | "azure";

/** A cloud to look for, and the paths to read from its metadata service. */
export interface CloudQuery {
  readonly cloud: Cloud;
  /** `always`: set explicitly; `if-possible`: unless firmware or routes rule it out; `if-hinted`: only if the firmware names it. */
  readonly when: "always" | "if-possible" | "if-hinted";
  /** Paths below `computeMetadata/v1/` (gcp) or `latest/` (aws); azure has a single document, which is always read. */
  readonly paths: readonly string[];
  /** The path whose value proves that the machine is in this cloud, and the text it must contain. */
  readonly proof?: { readonly path: string; readonly contains: string };
  /** Timeout of one request in milliseconds. */
  readonly timeout: number;
}

/** What is at a path. */
export type Stat = "file" | "directory" | "other" | "missing";

/** The state of a gRPC server on a Unix socket: no socket file, a healthy answer, or none. */
export type SocketState = "absent" | "healthy" | "unresponsive";

/** What a cloud's metadata service reports, by path; no cloud if none was searched or found. Paths without a value are absent. */
export interface CloudFacts {
  readonly cloud?: Cloud;
  readonly values: Readonly<Record<string, string>>;
}

/** What is known without a cloud. */
export const NO_CLOUD: CloudFacts = { values: {} };

/** An Envoy release; `text` is its full version, with a suffix such as `-dev`. */
export interface EnvoyVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly text: string;
}

/** Answers to questions. @throws Error (a bug) for a question that was not planned */
export interface Answers {
  readonly read: (path: string) => FileRead;
  readonly stat: (path: string) => Stat;
  /** Why a file has no certificates (`certificateProblem`). */
  readonly certificates: (path: string) => string | undefined;
  readonly lookup: (host: string) => Parsed<readonly string[]>;
  readonly socket: (path: string) => SocketState;
  readonly platform: () => CloudFacts;
  readonly projectId: () => Parsed<string>;
  /** The working directory. */
  readonly directory: () => string;
  /** Envoy's --base-id, unused by any other Envoy. */
  readonly baseId: () => number;
  /** The path itself if it exists, else the `envoy` on PATH, if any. */
  readonly installedEnvoy: (path: string) => string | undefined;
  /** The version reported by the Envoy to start. */
  readonly envoyVersion: (question: Question) => Parsed<EnvoyVersion>;
}

/** Returns a question's key: equal keys have equal answers. Some kinds have a single key, whatever their parameters. */
export function keyOf(question: Question): string {
  return question.kind === "platform" || question.kind === "base-id" ? question.kind : JSON.stringify(question);
}

/** Returns typed access to answers by question. */
export function answersFrom(known: ReadonlyMap<string, unknown>): Answers {
  const get = <T>(question: Question): T => {
    const key = keyOf(question);
    if (!known.has(key)) throw new Error(`No answer was read for: ${key}`);
    // The answer has the type that belongs to the kind of its question.
    return known.get(key) as T;
  };
  /** Returns the answer to a question that is asked at most once. */
  const only = <T>(kind: "platform" | "base-id", fallback: T): T => (known.has(kind) ? (known.get(kind) as T) : fallback); // as above
  return {
    read: (path) => get<FileRead>({ kind: "read", path }),
    stat: (path) => get<Stat>({ kind: "stat", path }),
    certificates: (path) => get<string | undefined>({ kind: "certificates", path }),
    lookup: (host) => get<Parsed<readonly string[]>>({ kind: "lookup", host }),
    socket: (path) => get<SocketState>({ kind: "socket", path }),
    platform: () => only<CloudFacts>("platform", NO_CLOUD),
    directory: () => get<string>({ kind: "directory" }),
    projectId: () => get<Parsed<string>>({ kind: "project-id" }),
    baseId: () => only("base-id", 0),
    installedEnvoy: (path) => get<string | undefined>({ kind: "installed-envoy", path }),
    envoyVersion: (question) => get<Parsed<EnvoyVersion>>(question),
  };
}

import type { Parsed } from "../go/parsed.ts";
import type { FileRead } from "./inputs.ts";

/** Something about the machine that a start has to know and that its settings name. */
export type Question =
  | { readonly kind: "read"; readonly path: string }
  | { readonly kind: "stat"; readonly path: string }
  | { readonly kind: "lookup"; readonly host: string }
  | { readonly kind: "socket"; readonly path: string }
  | { readonly kind: "platform"; readonly clouds: readonly CloudQuery[]; readonly ipv6: boolean }
  | { readonly kind: "project-id" }
  | { readonly kind: "installed-envoy"; readonly path: string }
  | { readonly kind: "envoy-version"; readonly binary: string; readonly orInstalled: boolean }
  | { readonly kind: "base-id"; readonly adminPort: number; readonly configPath: string };

export type Cloud = "gcp" | "aws" | "azure";

/** A cloud to look for, and what its metadata service is asked. */
export interface CloudQuery {
  readonly cloud: Cloud;
  /** `always`: the settings name it; `if-possible`: unless firmware or routes rule it out; `if-hinted`: where the firmware names it. */
  readonly asked: "always" | "if-possible" | "if-hinted";
  /** Paths below `computeMetadata/v1/` (gcp) or `latest/` (aws); azure has one document, asked in any case. */
  readonly paths: readonly string[];
  /** Which of the paths has to answer, and with what in it, for the machine to be in this cloud. */
  readonly proof?: { readonly path: string; readonly contains: string };
  /** How long one answer may take, in milliseconds. */
  readonly limit: number;
}

export type Stat = "file" | "directory" | "other" | "missing";

/** Whether something serves gRPC on a Unix socket: no socket file, an answer, or silence. */
export type SocketState = "absent" | "healthy" | "unresponsive";

/** What a cloud's metadata service says of this machine, by path; no cloud where none was looked for or found. A path that has no value is absent. */
export interface CloudFacts {
  readonly cloud?: Cloud;
  readonly values: Readonly<Record<string, string>>;
}

/** The release of an Envoy; `text` is its own word for it, with a suffix such as `-dev`. */
export interface EnvoyVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly text: string;
}

/** Answers to questions, by what was asked. @throws Error (a bug) for a question that was not asked. */
export interface Answers {
  readonly read: (path: string) => FileRead;
  readonly stat: (path: string) => Stat;
  readonly lookup: (host: string) => Parsed<readonly string[]>;
  readonly socket: (path: string) => SocketState;
  readonly platform: () => CloudFacts;
  readonly projectId: () => Parsed<string>;
  /** Envoy's --base-id, which no other Envoy beside this agent's uses. */
  readonly baseId: () => number;
  /** The path itself where something exists there, else `envoy` on PATH, if there is one. */
  readonly installedEnvoy: (path: string) => string | undefined;
  /** The version that the Envoy to start reports. */
  readonly envoyVersion: (question: Question) => Parsed<EnvoyVersion>;
}

/** A question's key: two with the same key have the same answer. Of some kinds there is one question, whatever it names. */
export function keyOf(question: Question): string {
  return question.kind === "platform" || question.kind === "base-id" ? question.kind : JSON.stringify(question);
}

import { type Case, casesIn, casesInFolder } from "../cases.ts";

/** One recorded behaviour of the agent's HTTP side or of a command; the README beside the recordings describes the members. */
export interface StatusCase extends Pick<Case, "env" | "files" | "interfaces" | "hosts"> {
  readonly name: string;
  /** With `status/` in front. */
  readonly profile: string;
  readonly family: string;
  readonly why: string;
  /** Without them no agent is started. */
  readonly args?: readonly string[];
  readonly servers?: Readonly<Record<string, ServerSpec>>;
  /** Further addresses of `lo`, with their prefix length. */
  readonly loopback?: readonly string[];
  /** The agent is not expected to start Envoy: the steps begin once the status port answers. */
  readonly withoutEnvoy?: boolean;
  readonly steps: readonly Step[];
  readonly expect: Result;
}

/** A scripted server, up before the agent starts. */
export interface ServerSpec {
  readonly kind: "http" | "https" | "tcp" | "grpc";
  /** Each `host:port`. */
  readonly listen: readonly string[];
  readonly routes?: Routes;
}

/** By `METHOD /path?query`, `/path?query`, `METHOD /path`, `/path` or `*`, tried in this order; of a list one after another, the last one stays. */
export type Routes = Readonly<Record<string, Answer | readonly Answer[]>>;

export interface Answer {
  readonly status?: number;
  /** null leaves out a header that is there by default. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly body?: string;
  /** How many times the response repeats the body. */
  readonly repeat?: number;
  /** Seconds before anything is sent. */
  readonly delay?: number;
  /** Ends the connection without an answer. */
  readonly drop?: boolean;
  /** Compresses for those who accept it. */
  readonly gzip?: boolean;
  /** Statistics, filtered by the query as Envoy does. */
  readonly stats?: Readonly<Record<string, number>>;
  /** Of a gRPC health check: 1 serving, 2 not serving, 3 unknown. */
  readonly health?: number;
  readonly grpcStatus?: number;
}

/** What is asked of the agent. */
export interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
  /** `host:port`. */
  readonly to?: string;
  /** Source address. */
  readonly from?: string;
  /** These bytes instead of a request made of the above, with the number of replies to read: the last one counts. */
  readonly raw?: string;
  readonly replies?: number;
}

/** Names of servers, or by name the headers to record of each request; `peer`, `local` and `body` are no headers. */
export type Watch = readonly string[] | Readonly<Record<string, readonly string[]>>;

/** What is kept of a text. */
export type Rule = string | { readonly contains: readonly string[] } | { readonly matches: readonly string[] };

export interface RequestStep {
  readonly request: Asked;
  readonly retrySeconds?: number;
  readonly until?: { readonly status?: number; readonly error?: string; readonly seconds?: number };
  readonly body?: Rule;
  readonly headers?: readonly string[];
  readonly timed?: boolean;
}

export interface RunStep {
  readonly run: readonly string[];
  /** Seconds. */
  readonly limit?: number;
  readonly stdout?: Rule;
  readonly timed?: boolean;
}

/** One thing to do; times in seconds. */
export type Step = { readonly watch?: Watch } & (
  | RequestStep
  | RunStep
  | { readonly set: Readonly<Record<string, Routes>> }
  | { readonly stop: string }
  | { readonly start: string }
  | { readonly signal: "TERM" | "INT" | "HUP" | "KILL" }
  | { readonly endEnvoy: "TERM" | "KILL" | "SEGV" }
  | { readonly exit: number; readonly timed?: boolean }
  | { readonly envoy: true }
  | { readonly await: string; readonly count?: number; readonly seconds?: number }
  | { readonly pause: number }
  | { readonly file: string; readonly text: string }
);

/** What a run of a case shows. */
export interface Result {
  readonly launched?: boolean;
  /** Of an agent that refused to start; then there are no steps. */
  readonly exit?: number;
  readonly steps?: readonly Observation[];
}

/** What one step saw, by the names of the recordings. */
export type Observation = Readonly<Record<string, unknown>>;

/** The recorded status cases of a profile: the named ones, then those of odd fields and of what is new, whose names begin with that. */
export function statusCases(profile: string): readonly StatusCase[] {
  const within = (kind: string, file: string) => casesIn<StatusCase>(file).map((each) => ({ ...each, name: `${kind}/${each.name}` }));
  return [
    ...namedStatusCases(profile),
    ...within("fields", `fields-${profile}.status`),
    ...within("new", `releases/${profile}.status-new`),
  ];
}

/** The named ones, in their order. */
export function namedStatusCases(profile: string): readonly StatusCase[] {
  return [...casesInFolder<StatusCase>(`status/${profile}`), ...casesIn<StatusCase>(`releases/${profile}.status`)];
}

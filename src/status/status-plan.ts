/** What a path of the status server stands for. */
export type Endpoint = "ready" | "metrics" | "quit" | "drain" | "probe" | "name-table";

/** One row of a profile's route table. A path that ends with a slash stands for everything below it. */
export interface Route {
  readonly path: string;
  readonly endpoint: Endpoint;
  /** Answers only peers on the loopback interface, whatever the destination (contract 1.6 §11.2, 1.30 §10). */
  readonly loopbackOnly?: boolean;
  /** Other methods get 405. */
  readonly postOnly?: boolean;
}

/** How a release's router reads paths (contract 1.6 §11.2, 1.30 §10.1). */
export interface PathRule {
  /** Whether an escaped slash counts as a slash. */
  readonly escapedSlashes: boolean;
  /** Status of the redirect to the clean form of a path. */
  readonly redirect: 301 | 307;
}

/** One question to Envoy's admin interface. */
export interface AdminQuestion {
  readonly target: string;
  readonly timeoutMilliseconds: number;
}

/** What makes the proxy ready (contract 1.6 §11.4, 1.30 §10.2). */
export interface ReadinessRules {
  /** Absent where no Envoy is expected. */
  readonly updates?: AdminQuestion;
  readonly state?: AdminQuestion;
  /** Whether LIVE, once seen, is never asked for again. */
  readonly remembersState: boolean;
  /** Whether a drain asked for by `/drain` withdraws readiness. */
  readonly drainWithdraws: boolean;
  /** Files that have to be there at every check, besides Envoy's word. */
  readonly files: readonly string[];
  /** Whether the DNS proxy's name table must have been received. */
  readonly nameTable: boolean;
  /** Where Envoy gets its resources, for the log when they do not come; absent where that is not known. */
  readonly xds?: XdsSource;
}

/** What Envoy's xDS connection leads to. */
export type XdsSource =
  | { readonly kind: "socket"; readonly path: string }
  | { readonly kind: "files"; readonly directory: string }
  | { readonly kind: "server"; readonly host: string; readonly port: number };

/** One application probe, as configured. Ports are numbers, times seconds; 0 seconds is no limit, but for gRPC no time at all. */
export type Prober =
  | {
      readonly kind: "http";
      readonly scheme: "http" | "https";
      readonly port: number;
      readonly path: string;
      /** The Host to send, where the configuration names one that counts. */
      readonly host?: string;
      readonly timeoutSeconds: number;
    }
  | { readonly kind: "tcp"; readonly port: number; readonly timeoutSeconds: number }
  | { readonly kind: "grpc"; readonly port: number; readonly service: string; readonly timeoutSeconds: number };

/** Where and how application probes are sent (contract 1.6 §11.3, 1.30 §10.4). */
export interface ProbeRules {
  readonly probers: Readonly<Record<string, Prober>>;
  /** Host dialled; empty: the probe's own source address. */
  readonly destination: string;
  /** Address probes come from; absent: the system's choice. */
  readonly source?: string;
  /** Whether the caller's Host is sent on, with the status port replaced by the application's. */
  readonly callerHost: boolean;
  /** Whether redirects to another host are followed; else such an answer counts as success. */
  readonly otherHosts: boolean;
  /** How much of the application's body is given back, in bytes. */
  readonly bodyLimit: number;
  /** Whether an answer 3xx that is not followed becomes 200. */
  readonly redirectIsSuccess: boolean;
  /** Whether HTTPS probes may use HTTP/2. */
  readonly http2: boolean;
}

/** Where the merged metrics page comes from (contract 1.6 §11.2, 1.30 §10.3). */
export interface MetricsRules {
  /** Port of Envoy's metrics listener; absent where its page is left out. */
  readonly envoyPort?: number;
  readonly application?: { readonly port: string; readonly path: string };
  /** Whether one source that fails makes the whole answer 500. */
  readonly allOrNothing: boolean;
  /** Whether the query goes on to Envoy. */
  readonly forwardsQuery: boolean;
  /** Whether `Accept` is narrowed to what the sources can give, and the type of the answer follows the application's. */
  readonly negotiates: boolean;
  /** Whether the agent's own families stand in front. */
  readonly own: boolean;
}

/** Answers shorter than this many bytes are not compressed (recorded: metrics-gzip). */
export const COMPRESS_FROM = 1_024;

/** Everything the status server does, as data. */
export interface StatusPlan {
  readonly port: number;
  readonly paths: PathRule;
  readonly routes: readonly Route[];
  /** Whether answers from `COMPRESS_FROM` on are compressed for callers that accept it. */
  readonly compresses: boolean;
  readonly readiness: ReadinessRules;
  readonly probes: ProbeRules;
  readonly metrics: MetricsRules;
  /** Whether a port that is taken ends the agent. */
  readonly strict: boolean;
}

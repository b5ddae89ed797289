/** What a path of the status server does. */
export type Endpoint = "ready" | "metrics" | "quit" | "drain" | "probe" | "name-table";

/** A row of a profile's route table. A path with a trailing slash matches everything below it. */
export interface Route {
  readonly path: string;
  readonly endpoint: Endpoint;
  /** Responds only to peers on the loopback interface, whatever the destination address (contract 1.6 §11.2, 1.30 §10). */
  readonly loopbackOnly?: boolean;
  /** Other methods get 405. */
  readonly postOnly?: boolean;
}

/** How a release's router handles paths (contract 1.6 §11.2, 1.30 §10.1). */
export interface PathRule {
  /** Whether an escaped slash separates segments. */
  readonly escapedSlashes: boolean;
  /** Status of the redirect to a path's clean form. */
  readonly redirect: 301 | 307;
}

/** A request to Envoy's admin interface. */
export interface AdminQuestion {
  readonly target: string;
  readonly timeoutMilliseconds: number;
}

/** The conditions for readiness (contract 1.6 §11.4, 1.30 §10.2). */
export interface ReadinessRules {
  /** Absent without Envoy. */
  readonly updates?: AdminQuestion;
  readonly state?: AdminQuestion;
  /** Whether LIVE is not checked again once seen. */
  readonly remembersState: boolean;
  /** Files that must exist at every check. */
  readonly files: readonly string[];
  /** Whether the DNS proxy must have received its name table. */
  readonly nameTable: boolean;
  /** Where Envoy gets its resources, for the log if they do not arrive; absent if unknown. */
  readonly xds?: XdsSource;
}

/** The destination of Envoy's xDS connection. */
export type XdsSource =
  | { readonly kind: "socket"; readonly path: string }
  | { readonly kind: "files"; readonly directory: string }
  | { readonly kind: "server"; readonly host: string; readonly port: number };

/** An application probe as configured. Timeouts are in seconds; 0 means none, but for gRPC it expires at once. */
export type Prober =
  | {
      readonly kind: "http";
      readonly scheme: "http" | "https";
      readonly port: number;
      readonly path: string;
      /** The Host to send, if the configuration sets one. */
      readonly host?: string;
      readonly timeoutSeconds: number;
    }
  | { readonly kind: "tcp"; readonly port: number; readonly timeoutSeconds: number }
  | { readonly kind: "grpc"; readonly port: number; readonly service: string; readonly timeoutSeconds: number };

/** Where and how to send application probes (contract 1.6 §11.3, 1.30 §10.4). */
export interface ProbeRules {
  readonly probers: Readonly<Record<string, Prober>>;
  /** The host to connect to; empty: the probe's own source address. */
  readonly destination: string;
  /** The source address of probes; absent: chosen by the kernel. */
  readonly source?: string;
  /** Whether to send the caller's Host, with the status port replaced by the application's. */
  readonly callerHost: boolean;
  /** Whether to follow redirects to other hosts; otherwise such a response is a success. */
  readonly otherHosts: boolean;
  /** Maximum bytes of the application's body to return. */
  readonly bodyLimit: number;
  /** Whether a 3xx response that is not followed becomes 200. */
  readonly redirectIsSuccess: boolean;
  /** Whether HTTPS probes may use HTTP/2. */
  readonly http2: boolean;
}

/** Where an application serves metrics. */
export interface MetricsTarget {
  readonly port: string;
  readonly path: string;
}

/** The sources of the merged metrics page (contract 1.6 §11.2, 1.30 §10.3). */
export interface MetricsRules {
  /** Port of Envoy's metrics listener; absent if its page is not included. */
  readonly envoyPort?: number;
  readonly application?: MetricsTarget;
  /** Several places instead of `application`: a page waits for all of them. */
  readonly applications?: readonly MetricsTarget[];
  /** Whether a single failed source makes the whole response 500. */
  readonly allOrNothing: boolean;
  /** Whether the query is passed to Envoy. */
  readonly forwardsQuery: boolean;
  /** Whether to reduce `Accept` to types the sources support. */
  readonly narrowsAccept: boolean;
  /** Whether to use the application's type for the response; otherwise it is detected. */
  readonly negotiates: boolean;
  /** Whether the page starts with the agent's own metrics. */
  readonly includesAgent: boolean;
}

/** Responses below this size in bytes are not compressed (recorded: metrics-gzip). */
export const COMPRESS_FROM = 1_024;

/** The complete behaviour of the status server, as data. */
export interface StatusPlan {
  readonly port: number;
  readonly paths: PathRule;
  readonly routes: readonly Route[];
  /** Whether responses of at least `COMPRESS_FROM` bytes are compressed if the caller accepts it. */
  readonly compresses: boolean;
  /** Whether a drain by `/drain` makes the proxy not ready. */
  readonly drainWithdraws: boolean;
  readonly probes: ProbeRules;
  readonly metrics: MetricsRules;
}

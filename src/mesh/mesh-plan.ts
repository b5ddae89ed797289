import type { Url } from "../go/url.ts";
import type { Headers } from "../http/message-head.ts";

/** What the agent does as a member of a mesh, decided once; a part is absent if nothing needs it. */
export interface MeshPlan {
  /** What Envoy's connection to its control plane depends on: an agent that keeps running, unless it is nothing. */
  readonly envoyNeeds: "resources" | "certificates" | "nothing";
  /** Certificates for Envoy (contract 1.30 §13a). */
  readonly sds?: SdsPlan;
  /** The proxy for Envoy's xDS stream (contract 1.30 §13c). */
  readonly xds?: XdsPlan;
}

/** The paths of the agent's Unix sockets. */
export interface SocketPaths {
  readonly sds?: string;
  readonly xds?: string;
}

/** The agent's SDS server, and where its secrets come from. */
export interface SdsPlan {
  /** The path of its Unix socket; absent if there is no Envoy to serve, and certificates are only kept up to date (contract 1.30 §9.1 step 4). */
  readonly socket?: string;
  /** Another process serves workload certificates: only `file-cert:` and `file-root:` are served here. */
  readonly filesOnly: boolean;
  /** Files that are used for `default` and `ROOTCA` if they can be read; absent if they are not looked at. */
  readonly files?: CertificateFiles;
  /** Where certificates are issued; absent with file certificates only. */
  readonly ca?: CaPlan;
  /** Why there is no CA but only files, for messages. */
  readonly onlySource?: string;
  /** Generate `default` and `ROOTCA` at the start, before Envoy requests them. */
  readonly warmUp: boolean;
  /** The revocation list that validation contexts refer to while it exists; absent if it is off. */
  readonly crl?: string;
  /** Where issued certificates are written as well (contract 1.30 §13h). */
  readonly output?: { readonly directory: string; readonly mode: number };
  readonly keyProvider?: KeyProvider;
  /** The first wait, in milliseconds, before files that cannot be read are read again. */
  readonly debounce: number;
  /** Whether a file is watched through symbolic links; otherwise where it was when it was read (contract 1.28 §4). */
  readonly followsLinks: boolean;
}

/** A certificate chain, its private key, and the certificates that peers are verified with. */
export interface CertificateFiles {
  readonly chain: string;
  readonly key: string;
  readonly root: string;
}

/** An Envoy extension that holds private keys (ProxyConfig.privateKeyProvider). */
export interface KeyProvider {
  readonly name: "cryptomb" | "qat";
  /** Nanoseconds; upstream uses only this part of the configured duration. */
  readonly pollDelayNanos: number;
  readonly fallback: boolean;
}

/** The certificate authority, and what is requested of it (contract 1.30 §13b). */
export interface CaPlan {
  readonly endpoint: Endpoint;
  /** gRPC metadata of a call beside the token: names in lower case, and values. */
  readonly headers: Headers;
  readonly token: TokenSource;
  /** The URI that the certificate is requested for. */
  readonly identity: string;
  readonly key: KeyPlan;
  /** The requested lifetime in seconds. */
  readonly lifetime: number;
  readonly certSigner: string;
  readonly rotation: { readonly ratio: number; readonly jitter: number };
}

/** The key pair of a certificate. `problem`: why none can be made; reported at each attempt, as upstream does. */
export type KeyPlan =
  | { readonly kind: "rsa"; readonly bits: number; readonly pkcs8: boolean }
  | { readonly kind: "ec"; readonly curve: "P-256" | "P-384"; readonly pkcs8: boolean }
  | { readonly kind: "none"; readonly problem: string };

/** Where the bearer token of a call is read from, at each call. */
export type TokenSource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "gce"; readonly path: string; readonly audience: string; readonly host: string }
  | { readonly kind: "mock" };

/** The agent's xDS proxy. */
export interface XdsPlan {
  /** The path of its Unix socket. */
  readonly socket: string;
  readonly endpoint: Endpoint;
  /** gRPC metadata of a stream beside the token: names in lower case, and values. */
  readonly headers: Headers;
  readonly token: TokenSource;
  /** Resources that the agent itself subscribes to on each stream. */
  readonly subscribes: { readonly nameTable: boolean; readonly proxyConfig: boolean };
  /** Whether configurations of extensions are kept from Envoy if an agent has to load their Wasm modules; otherwise they pass as they are. */
  readonly checksExtensions: boolean;
  /** Reports about the workload; absent if it is not probed. */
  readonly health?: HealthPlan;
  /** The largest message from Envoy, in bytes. */
  readonly maxRequest: number;
  readonly maxStreams: number;
  readonly keepalive: Keepalive;
}

/** How the application is probed for the control plane (`readinessProbe` of ProxyConfig). Times are in milliseconds. */
export interface HealthPlan {
  readonly initialDelay: number;
  readonly period: number;
  /** How many equal results in a row change what is reported; never if it is negative. */
  readonly thresholds: { readonly success: number; readonly failure: number };
  readonly probe: HealthProbe;
}

/** A probe of the application. A timeout that is negative never expires. `invalid`: why there is nothing to probe. */
export type HealthProbe =
  | {
      readonly kind: "http";
      readonly url: Url;
      /** The Host header. */
      readonly host: string;
      /** The others. */
      readonly headers: Headers;
      /** The source address. */
      readonly source: string;
      readonly timeout: number;
    }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly timeout: number }
  | { readonly kind: "grpc"; readonly host: string; readonly port: number; readonly service: string; readonly timeout: number }
  | { readonly kind: "exec"; readonly command: readonly string[]; readonly timeout: number }
  | { readonly kind: "invalid"; readonly problem: string };

/** PING frames on a connection: how long it is silent before one is sent, and how long its answer is awaited, in milliseconds. */
export interface Keepalive {
  readonly interval: number;
  readonly timeout: number;
}

/** A gRPC server. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** Why no connection can be made: the host is the whole address then, and the port is 0. */
  readonly problem?: string;
  readonly keepalive: Keepalive;
  /** Absent: plain text. */
  readonly tls?: TlsPlan;
}

/** A value of COMPLIANCE_POLICY that limits TLS; empty: none. */
export type TlsPolicy = "" | "fips-140-2" | "fips-140-3" | "pqc";

/** The root certificates of the operating system, or those in place of them. */
export interface SystemRoots {
  readonly kind: "system";
  /** Absent: the usual ones. The first that can be read counts. */
  readonly files?: readonly string[];
  /** Absent: the usual ones. Every file in them counts. */
  readonly directories?: readonly string[];
}

/** How a TLS connection to a gRPC server is made and verified. */
export interface TlsPlan {
  readonly serverName: string;
  /** The setting that the name is from, if it is not the host. */
  readonly nameOrigin?: "ISTIOD_SAN";
  readonly roots: SystemRoots | { readonly kind: "file"; readonly path: string };
  /** The client certificate, read at each handshake, and the setting that names its files. */
  readonly client?: { readonly chain: string; readonly key: string; readonly origin: string };
  readonly policy: TlsPolicy;
}

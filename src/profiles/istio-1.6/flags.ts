import { boolFlag, type FlagTable, intFlag, stringFlag } from "../../cli/flag.ts";
import { logFlags } from "../../cli/log-options.ts";
import { COMMON_FLAGS } from "../tables.ts";

/** Flags of every command (contract 1.6 §1.3). */
export const ROOT_FLAGS = [
  ...logFlags("default:info"),
  stringFlag("log_rotate", "", "Accepted for compatibility"),
  intFlag("log_rotate_max_age", 30, "Accepted for compatibility"),
  intFlag("log_rotate_max_size", 104857600, "Accepted for compatibility"),
  intFlag("log_rotate_max_backups", 1000, "Accepted for compatibility"),
] as const satisfies FlagTable;

/** Flags of `proxy` (contract 1.6 §1.2). */
export const PROXY_FLAGS = [
  stringFlag("serviceregistry", "Kubernetes", "Platform: Kubernetes, Consul or Mock; other values are treated as Mock"),
  stringFlag("ip", "", "First address of this node, not validated; takes precedence over INSTANCE_IP"),
  stringFlag("id", "", "Name of this node (default: depends on the registry; for Kubernetes POD_NAME.POD_NAMESPACE)"),
  stringFlag("domain", "", "DNS domain of the node (default: depends on the registry; for Kubernetes POD_NAMESPACE.svc.cluster.local)"),
  stringFlag("trust-domain", "", "Accepted for compatibility"),
  stringFlag("pilotIdentity", "", "Accepted for compatibility"),
  stringFlag("mixerIdentity", "", "Accepted for compatibility"),
  COMMON_FLAGS.meshConfig,
  intFlag("stsPort", 0, "Shown in the node metadata and used by the Stackdriver tracer"),
  stringFlag("tokenManagerPlugin", "GoogleTokenExchange", "Accepted for compatibility"),
  stringFlag("serviceCluster", "istio-proxy", "Service cluster; always takes precedence over the configuration"),
  stringFlag("proxyLogLevel", "warning", "Envoy's log level; not passed if empty"),
  intFlag("concurrency", 0, "Envoy's worker threads; always takes precedence over the configuration; not passed if 0"),
  stringFlag("proxyComponentLogLevel", "misc:error", "Envoy's component log levels; not passed if empty"),
  COMMON_FLAGS.templateFile,
  boolFlag("disableInternalTelemetry", false, "Accepted for compatibility"),
  COMMON_FLAGS.outlierLogPath,
] as const satisfies FlagTable;

/** The valid log scopes (contract 1.6 §1.3). */
export const LOG_SCOPES: readonly string[] = [
  "default",
  ..."ads authn cache citadelclient googleca grpcAdapter model rbac sds secretfetcher stsclient stsserver token validation".split(" "),
];

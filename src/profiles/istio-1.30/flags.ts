import { boolFlag, type FlagTable, intFlag, stringFlag } from "../../cli/flag.ts";
import { logFlags } from "../../cli/log-options.ts";
import { COMMON_FLAGS } from "../tables.ts";

/** Flags of every command (contract 1.30 §1.2). */
export const ROOT_FLAGS = [
  ...logFlags(""),
  { name: "vklog", kind: "int32", default: "0", help: "Accepted for compatibility" },
] as const satisfies FlagTable;

/** Flags of `proxy` (contract 1.30 §1.2). */
export const PROXY_FLAGS = [
  stringFlag("domain", "", "DNS domain of the node (default: POD_NAMESPACE.svc.cluster.local)"),
  COMMON_FLAGS.meshConfig,
  intFlag("stsPort", 0, "Shown only in the node metadata"),
  stringFlag("tokenManagerPlugin", "", "Accepted for compatibility"),
  stringFlag("serviceCluster", "istio-proxy", "Service cluster if the configuration has an empty one"),
  stringFlag("proxyLogLevel", "warning", "Envoy's log level; may contain comma-separated scope:level items"),
  stringFlag("proxyComponentLogLevel", "", "Envoy's component log levels if --proxyLogLevel has none"),
  intFlag("concurrency", 0, "Envoy's worker threads; 0: taken from the configuration or ISTIO_CPU_LIMIT"),
  COMMON_FLAGS.templateFile,
  COMMON_FLAGS.outlierLogPath,
  boolFlag("profiling", true, "Accepted for compatibility"),
] as const satisfies FlagTable;

import { boolFlag, type FlagTable, stringFlag, withShort } from "../../cli/flag.ts";
import { SHARED_FLAGS } from "../../iptables/shared-flags.ts";

/** Flags of `istio-iptables` (contract 1.6 §15.1). */
export const IPTABLES_FLAGS = [
  SHARED_FLAGS.proxyPort,
  SHARED_FLAGS.inboundPort,
  withShort("u", stringFlag("proxy-uid", "", "Users whose traffic is not captured, comma-separated (default: ENVOY_USER, or 1337, and 0)")),
  SHARED_FLAGS.gids,
  SHARED_FLAGS.mode,
  withShort("b", stringFlag("istio-inbound-ports", "", "Inbound ports to capture, comma-separated; *: all but 22; empty: none")),
  SHARED_FLAGS.inboundPortsExcluded,
  SHARED_FLAGS.ranges,
  SHARED_FLAGS.rangesExcluded,
  withShort("o", stringFlag("istio-local-outbound-ports-exclude", "", "Outbound TCP ports not to capture, comma-separated")),
  SHARED_FLAGS.virtualInterfaces,
  SHARED_FLAGS.mark,
  SHARED_FLAGS.routeTable,
  SHARED_FLAGS.dryRun,
  withShort("f", boolFlag("restore-format", true, "Apply the rules by iptables-restore; false: by one command for each")),
  stringFlag("iptables-probe-port", "15002", "Port to which the validation connects"),
  SHARED_FLAGS.probeTimeout,
  SHARED_FLAGS.skipApply,
  SHARED_FLAGS.runValidation,
] as const satisfies FlagTable;

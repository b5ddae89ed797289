import type { Notice } from "../../common/notice.ts";
import { MILLISECOND, SECOND } from "../../go/duration.ts";
import { escapeHtml, sortedJson } from "../../go/json.ts";
import { faultIn, parseDocument } from "../../inputs/document.ts";
import type { ProcessPlan } from "../profile.ts";
import { unusableOverride } from "../unusable-override.ts";
import { familiesOf } from "./addresses.ts";
import type { Node, Start } from "./contract.ts";

const PROXY_USER = { uid: 1337, gid: 1337 };
const FIPS_CIPHERS = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";

/** Returns Envoy's options, environment and user in release 1.30 (contract 1.30 §8). */
export function processPlan(start: Start, node: Node): ProcessPlan {
  const { settings, config } = start;
  const env = settings.variables;
  const { flags } = settings.invocation;
  const override = overrideOf(start);
  const level = splitLevel(flags.string("proxyLogLevel"));
  const components = level.components.length > 0 ? level.components.join(",") : flags.string("proxyComponentLogLevel");
  const { fileFlushMinSizeKb: minimum = 0, concurrency = 0 } = config;
  return {
    options: (_, configFile) => [
      { name: "-c", value: configFile },
      { name: "--drain-time-s", value: String((config.drainDuration ?? 0n) / SECOND) },
      { name: "--drain-strategy", value: "immediate" },
      { name: "--local-address-ip-version", value: familiesOf(node.addresses).allV6 ? "v6" : "v4" },
      { name: "--file-flush-interval-msec", value: String((config.fileFlushInterval ?? SECOND) / MILLISECOND) },
      { name: "--disable-hot-restart" },
      { name: "--allow-unknown-static-fields" },
      ...(minimum > 0 ? [{ name: "--file-flush-min-size-kb", value: String(minimum) }] : []),
      ...(level.level === "" ? [] : [{ name: "-l", value: level.level }]),
      ...(components === "" ? [] : [{ name: "--component-log-level", value: components }]),
      ...(env.ENVOY_SKIP_DEPRECATED_LOGS ? [{ name: "--skip-deprecated-logs" }] : []),
      ...(env.ISTIO_ENVOY_ENABLE_CORE_DUMP ? [{ name: "--enable-core-dump" }] : []),
      ...(override.json === undefined ? [] : [{ name: "--config-yaml", value: override.json }]),
      ...(concurrency > 0 ? [{ name: "--concurrency", value: String(concurrency) }] : []),
    ],
    ...(override.json === undefined ? {} : { override: { document: override.document } }),
    environment: settings.rules.fipsPolicies.some((policy) => policy === env.COMPLIANCE_POLICY)
      ? { GRPC_SSL_CIPHER_SUITES: FIPS_CIPHERS }
      : {},
    ...(settings.inputs.uid === 0 && env.DNS_PROXY_ADDR.endsWith(":53") ? { user: PROXY_USER } : {}),
    ...(env.DISABLE_ENVOY ? { withoutEnvoy: true } : {}),
    notices: [...level.notices, ...override.notices],
  };
}

/** Splits a log level: an item without colon sets the level, with one colon a component; the last level wins (contract 1.30 §8). */
function splitLevel(text: string): { readonly level: string; readonly components: readonly string[]; readonly notices: readonly Notice[] } {
  let level = "";
  const components: string[] = [];
  const notices: Notice[] = [];
  for (const item of text.split(",")) {
    const parts = item.split(":").length;
    if (parts === 1) level = item;
    else if (parts === 2) components.push(item);
    else notices.push({ level: "warn", text: `Ignoring "${item}" of --proxyLogLevel: not a level and not scope:level` });
  }
  return { level, components, notices };
}

/** Returns the override file as compact JSON with `$(HOST_IP)` replaced; an invalid file is a warning (contract 1.30 §8). */
function overrideOf({ settings }: Start): { readonly json?: string; readonly document?: unknown; readonly notices: readonly Notice[] } {
  const file = settings.inputs.files.override;
  if (file === undefined) return { notices: [] };
  if (file.kind !== "text")
    return { notices: [unusableOverride(settings, file.kind === "unreadable" ? file.reason : "no such file or directory")] };
  const text = withHostIp(file.text, settings.variables.HOST_IP);
  const parsed = parseDocument(text);
  return parsed.ok
    ? { json: escapeHtml(sortedJson(parsed.value)), document: parsed.value, notices: [] }
    : { notices: [unusableOverride(settings, faultIn(text, parsed.error))] };
}

function withHostIp(text: string, hostIp: string): string {
  const bracketed = hostIp.includes(":") ? `[${hostIp}]` : hostIp;
  const inBrackets = hostIp.includes(":") ? text.replaceAll("[$(HOST_IP)]", () => bracketed) : text;
  return inBrackets.replaceAll("$(HOST_IP)", () => bracketed);
}

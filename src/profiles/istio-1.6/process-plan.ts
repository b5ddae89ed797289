import type { Notice } from "../../common/notice.ts";
import { SECOND } from "../../go/duration.ts";
import { parseDocument } from "../../inputs/document.ts";
import type { ProcessPlan } from "../profile.ts";
import { unusableOverride } from "../unusable-override.ts";
import { isIpv6 } from "./addresses.ts";
import type { Node, Start } from "./contract.ts";

const LOG_FORMAT = "%Y-%m-%dT%T.%fZ\t%l\tenvoy %n\t%v";

/** Returns the start of Envoy in release 1.6 (contract 1.6 §9). */
export function processPlan(start: Start, node: Node): ProcessPlan {
  const { settings, config } = start;
  const { flags } = settings.invocation;
  const seconds = (duration = 0n) => String(duration / SECOND);
  const override = overrideOf(start);
  const optional = (name: string, value: string) => (value === "" ? [] : [{ name, value }]);
  const { concurrency = 0, statNameLength = 0 } = config;
  return {
    options: (epoch, configFile) => [
      { name: "-c", value: configFile },
      { name: "--restart-epoch", value: String(epoch) },
      { name: "--drain-time-s", value: seconds(config.drainDuration) },
      { name: "--parent-shutdown-time-s", value: seconds(config.parentShutdownDuration) },
      { name: "--service-cluster", value: node.cluster },
      { name: "--service-node", value: node.id },
      { name: "--max-obj-name-len", value: String(statNameLength) },
      { name: "--local-address-ip-version", value: isIpv6(node.addresses) ? "v6" : "v4" },
      { name: "--log-format", value: LOG_FORMAT },
      ...optional("-l", flags.string("proxyLogLevel")),
      ...optional("--component-log-level", flags.string("proxyComponentLogLevel")),
      ...(override.text === undefined ? [] : [{ name: "--config-yaml", value: override.text }]),
      ...(concurrency > 0 ? [{ name: "--concurrency", value: String(concurrency) }] : []),
    ],
    ...(override.text === undefined ? {} : { override: { document: documentIn(override.text) } }),
    environment: {},
    notices: [...override.notices, ...stsNotices(flags.int("stsPort"))],
  };
}

function stsNotices(port: number): readonly Notice[] {
  if (port <= 0) return [];
  return [
    {
      level: "warn",
      text: `Nothing is listening on port ${port} (--stsPort): this release of attache has no STS server, so token requests fail, such as those of the Stackdriver tracer`,
    },
  ];
}

/** Parses an override; undefined where that fails. */
function documentIn(text: string): unknown {
  const parsed = parseDocument(text);
  return parsed.ok ? parsed.value : undefined;
}

/** Returns the override file unchanged; failure to read it is a warning (contract 1.6 §3.1). */
function overrideOf({ settings }: Start): { readonly text?: string; readonly notices: readonly Notice[] } {
  const file = settings.inputs.files.override;
  if (file === undefined) return { notices: [] };
  if (file.kind === "text") return { text: file.text, notices: [] };
  return { notices: [unusableOverride(settings, file.kind === "missing" ? "no such file or directory" : file.reason)] };
}

import { ConfigError } from "../common/errors.ts";
import type { Problem } from "../settings/checks.ts";
import { problemMessages } from "../settings/layer.ts";
import { sourceOf } from "../settings/source.ts";
import type { Start } from "./profile.ts";

const DISCOVERY = "sidecar.istio.io/discoveryAddress";

/** Throws if there are problems with values of the bootstrap; describes each with its source. @throws ConfigError */
export function refuseBootstrap(problems: readonly Problem[], others: readonly string[], { settings, config }: Start, status = 255): void {
  if (problems.length + others.length === 0) return;
  const messages = problemMessages(problems, config, (field) =>
    field === "discoveryAddress" ? { origin: `pod annotation ${DISCOVERY}` } : sourceOf<string>(settings.sources, field),
  );
  throw new ConfigError("Cannot render the bootstrap", [...messages, ...others], status);
}

import { ConfigError } from "../common/errors.ts";
import type { Problem } from "../settings/checks.ts";
import { problemMessages } from "../settings/layer.ts";
import { sourceOf } from "../settings/source.ts";
import type { Start } from "./profile.ts";

const DISCOVERY = "sidecar.istio.io/discoveryAddress";

/** Refuses a bootstrap for values that no rule has looked at before, each with the place that sets it. @throws ConfigError where there are problems */
export function refuseBootstrap(problems: readonly Problem[], others: readonly string[], { settings, config }: Start, status = 255): void {
  if (problems.length + others.length === 0) return;
  const said = problemMessages(problems, config, (field) =>
    field === "discoveryAddress" ? { origin: `pod annotation ${DISCOVERY}` } : sourceOf<string>(settings.sources, field),
  );
  throw new ConfigError("Cannot render the bootstrap", [...said, ...others], status);
}

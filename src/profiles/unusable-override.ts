import type { Notice } from "../common/notice.ts";
import type { Settings } from "./settings.ts";

/** Returns the warning about an override file that cannot be used and is ignored (contract 1.6 §3.1, 1.30 §8). */
export function unusableOverride({ variableText }: Settings, reason: string): Notice {
  const path = variableText("ISTIO_BOOTSTRAP_OVERRIDE");
  return { level: "warn", text: `Cannot use bootstrap override "${path}" (ISTIO_BOOTSTRAP_OVERRIDE), starting without it: ${reason}` };
}

import type { MessageSchema } from "../../settings/schema.ts";
import { PROXY_CONFIG } from "./proxy-config-schema.ts";

/** Returns the ProxyConfig of release 1.6.0; `terminationDrain` adds the field that came with 1.7 (contract 1.6 §14). */
export function schemaOfRelease(terminationDrain: boolean) {
  const added = terminationDrain ? ({ terminationDrainDuration: "duration" } as const) : {};
  return { fields: { ...PROXY_CONFIG.fields, ...added } } as const satisfies MessageSchema;
}

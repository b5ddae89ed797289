import type { EarlyContext, EarlyServices, ServiceRow } from "../commands/service.ts";
import { SERVICES } from "./services.ts";

/** Opens the services that Envoy connects to. Returns undefined when none is wanted, so that nothing is loaded or awaited. */
export function openEarlyServices(context: EarlyContext, rows: readonly ServiceRow[] = SERVICES): Promise<EarlyServices> | undefined {
  for (const row of rows) if (row.opens === "before-envoy" && row.wanted(context)) return opened(context, rows);
  return undefined;
}

async function opened(context: EarlyContext, rows: readonly ServiceRow[]): Promise<EarlyServices> {
  const { serviceGroup } = await import("./services/service-group.ts");
  const group = serviceGroup(rows, context);
  const failure = await group.openBefore(context);
  return { group, ...(failure === undefined ? {} : { failure }) };
}

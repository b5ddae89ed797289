import type { ProberContract } from "../status/probers.ts";
import type { ScrapeTarget } from "../status/scrape-annotations.ts";
import type { Prober } from "../status/status-plan.ts";

// Both readers are loaded only where there is something to read: the start path is short.

/** The probes of an application as its pod's injector has set them; empty is none. @throws ConfigError */
export function probersOf(text: string, contract: ProberContract): Readonly<Record<string, Prober>> {
  if (text === "") return {};
  const { parseProbers }: typeof import("../status/probers.ts") = require("../status/probers.ts");
  return parseProbers(text, contract);
}

/** Where an application's own metrics are; absent: it has none. @throws ConfigError */
export function scrapeTargetOf(text: string | undefined): ScrapeTarget | undefined {
  if (text === undefined) return undefined;
  const { parseScrapeAnnotations }: typeof import("../status/scrape-annotations.ts") = require("../status/scrape-annotations.ts");
  return parseScrapeAnnotations(text);
}

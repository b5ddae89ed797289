import type { ProberContract } from "../status/probers.ts";
import type { ScrapeTarget, ScrapeTargets } from "../status/scrape-annotations.ts";
import type { Prober } from "../status/status-plan.ts";

// Both parsers are loaded only when there is something to parse, to keep the start short.

/** Returns the probes of the application, as the injector sets them; none for an empty text. @throws ConfigError */
export function probersOf(text: string, contract: ProberContract): Readonly<Record<string, Prober>> {
  if (text === "") return {};
  const { parseProbers }: typeof import("../status/probers.ts") = require("../status/probers.ts");
  return parseProbers(text, contract);
}

/** Returns where the application serves metrics, in several places too; undefined where it serves none. @throws ConfigError */
export function scrapeTargetsOf(text: string | undefined): ScrapeTargets | undefined {
  if (text === undefined) return undefined;
  const { parseScrapeTargets }: typeof import("../status/scrape-annotations.ts") = require("../status/scrape-annotations.ts");
  return parseScrapeTargets(text);
}

/** Returns where the application serves metrics; undefined where it serves none. @throws ConfigError */
export function scrapeTargetOf(text: string | undefined): ScrapeTarget | undefined {
  if (text === undefined) return undefined;
  const { parseScrapeAnnotations }: typeof import("../status/scrape-annotations.ts") = require("../status/scrape-annotations.ts");
  return parseScrapeAnnotations(text);
}

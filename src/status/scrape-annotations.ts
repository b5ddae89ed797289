import { readConfiguration } from "./configuration.ts";
import { memberOf, objectAt, textAt } from "./go-members.ts";

/** Where to scrape the application's metrics. */
export interface ScrapeTarget {
  readonly scrape: string;
  readonly port: string;
  readonly path: string;
}

/** Parses ISTIO_PROMETHEUS_ANNOTATIONS; set but empty is invalid JSON, as upstream. @throws ConfigError (contract 1.6 §11.2, 1.30 §10.3) */
export function parseScrapeAnnotations(text: string): ScrapeTarget {
  return readConfiguration("ISTIO_PROMETHEUS_ANNOTATIONS", text, (document, report) => {
    const object = objectAt(document, report);
    const member = (name: string) => (object === undefined ? "" : textAt(memberOf(object, name), report));
    return { scrape: member("scrape"), port: member("port") || "80", path: member("path") || "/metrics" };
  });
}

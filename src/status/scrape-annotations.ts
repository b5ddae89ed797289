import { readConfiguration } from "./configuration.ts";
import { memberOf, objectAt, textAt } from "./go-members.ts";

/** Where an application's own metrics are. */
export interface ScrapeTarget {
  readonly scrape: string;
  readonly port: string;
  readonly path: string;
}

/** Reads ISTIO_PROMETHEUS_ANNOTATIONS; set but empty is refused as bad JSON, like upstream. @throws ConfigError (contract 1.6 §11.2, 1.30 §10.3) */
export function parseScrapeAnnotations(text: string): ScrapeTarget {
  return readConfiguration("ISTIO_PROMETHEUS_ANNOTATIONS", text, (document, complain) => {
    const object = objectAt(document, complain);
    const member = (name: string) => (object === undefined ? "" : textAt(memberOf(object, name), complain));
    return { scrape: member("scrape"), port: member("port") || "80", path: member("path") || "/metrics" };
  });
}

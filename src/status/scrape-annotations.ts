import { readConfiguration } from "./configuration.ts";
import { elementsOf, type Member, memberOf, objectAt, type ReportProblem, textAt } from "./go-members.ts";
import type { MetricsTarget } from "./status-plan.ts";

/** Where to scrape the application's metrics. */
export interface ScrapeTarget extends MetricsTarget {
  readonly scrape: string;
}

/** The same with several places, as written: an empty text is one that is absent. */
export interface ScrapeTargets extends ScrapeTarget {
  readonly targets: readonly MetricsTarget[];
}

const VARIABLE = "ISTIO_PROMETHEUS_ANNOTATIONS";

/** Parses ISTIO_PROMETHEUS_ANNOTATIONS; set but empty is invalid JSON, as upstream. @throws ConfigError (contract 1.6 §11.2, 1.30 §10.3) */
export function parseScrapeAnnotations(text: string): ScrapeTarget {
  return readConfiguration(VARIABLE, text, (document, report) => {
    const { scrape, port, path } = targetIn(document, report);
    return { scrape, port: port || "80", path: path || "/metrics" };
  });
}

/** Parses it with the member `targets`. @throws ConfigError (contract 1.31 §8) */
export function parseScrapeTargets(text: string): ScrapeTargets {
  return readConfiguration(VARIABLE, text, (document, report) => {
    const targets = memberOf(document, "targets");
    const list = targets === undefined ? [] : elementsOf(targets, report);
    return {
      ...targetIn(document, report),
      targets: list.map((each) => {
        const { port, path } = targetIn(each, report);
        return { port, path };
      }),
    };
  });
}

function targetIn(at: Member, report: ReportProblem): ScrapeTarget {
  const object = objectAt(at, report);
  const member = (name: string) => (object === undefined ? "" : textAt(memberOf(object, name), report));
  return { scrape: member("scrape"), port: member("port"), path: member("path") };
}

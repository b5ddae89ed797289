import { ConfigError } from "../../common/errors.ts";
import { atoi } from "../../go/number.ts";
import type { MetricsRules, MetricsTarget } from "../../status/status-plan.ts";
import { scrapeTargetsOf } from "../application.ts";

/** Ports of Envoy and of the agent, where no application serves metrics. */
const RESERVED: readonly number[] = [15000, 15001, 15004, 15006, 15008, 15020, 15021, 15053, 15090];

/** Returns where the application serves metrics (contract 1.31 §8). @throws ConfigError for ports that upstream refuses */
export function scrapedApplication(text: string | undefined, statusPort: number): Pick<MetricsRules, "application" | "applications"> {
  const given = scrapeTargetsOf(text);
  if (given === undefined || given.scrape === "false") return {};
  const { targets } = given;
  const [first] = targets;
  const single: MetricsTarget =
    first === undefined
      ? { port: given.port || "80", path: given.path || "/metrics" }
      : // What is beside the list takes precedence, and is not checked.
        { port: given.port || first.port, path: given.path || first.path };
  const checked = first === undefined ? [single] : targets;
  const annotation = first === undefined ? "prometheus.io/port" : "prometheus.istio.io/scrape-targets";
  const problems = checked.flatMap(({ port }) => portProblem(port, statusPort, annotation) ?? []);
  if (problems.length > 0) throw new ConfigError("Cannot use ISTIO_PROMETHEUS_ANNOTATIONS", problems);
  if (targets.length > 1) return { applications: targets.map(({ port, path }) => ({ port, path: path || "/metrics" })) };
  // The agent would ask itself again and again.
  return Number(single.port) === statusPort ? {} : { application: single };
}

/** Returns why a port is refused, with the annotation from which the injector takes it. */
function portProblem(text: string, statusPort: number, annotation: string): string | undefined {
  const port = atoi(text);
  const advice = `set ${annotation} to a port of the application`;
  if (!port.ok || port.value < 1 || port.value > 65_535) return `port "${text}" is not a number from 1 to 65535; ${advice}`;
  if (port.value === statusPort) return `port ${text} is the status port; ${advice}`;
  return RESERVED.includes(port.value) ? `port ${text} is reserved for Istio; ${advice}` : undefined;
}

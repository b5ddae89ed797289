import type { AgentMetrics } from "./ports.ts";

/** The status server's own counters. */
export interface Counts {
  readonly scrapes: number;
  readonly failures: Readonly<Record<"envoy" | "application" | "agent", number>>;
  /** Seconds from the start until the proxy was first ready; absent before. */
  readonly startupSeconds?: number | undefined;
}

/** Facts about the agent's process, in seconds and bytes. */
export interface ProcessFacts {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly startTime: number;
  readonly version: string;
  readonly commit: string;
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** The format of a page; OpenMetrics names a counter's family without `_total`. */
export type PageForm = "text" | "openmetrics";

/** Formats the agent's own metric families: upstream's names where they exist, then attache's (contract 1.30 §10.3). */
export function agentMetrics(counts: Counts, agent: AgentMetrics, facts: ProcessFacts, form: PageForm): string {
  const failures = Object.entries(counts.failures).filter(([, value]) => value > 0);
  const hotRestarts = Object.entries(agent.hotRestarts);
  const family = (name: string, type: "counter" | "gauge", help: string, samples: readonly Sample[]) =>
    familyText(form === "openmetrics" ? name.replace(/_total$/, "") : name, name, type, help, samples);
  return [
    family("process_cpu_seconds_total", "counter", "Processor time the agent has used, in seconds.", [[{}, facts.cpuSeconds]]),
    family("process_resident_memory_bytes", "gauge", "Resident memory of the agent.", [[{}, facts.residentBytes]]),
    family("process_start_time_seconds", "gauge", "When the agent started, in seconds since 1970.", [[{}, facts.startTime]]),
    family(
      "scrape_failures_total",
      "counter",
      "Sources of the metrics page that could not be fetched.",
      failures.map(([type, value]) => [{ type }, value]),
    ),
    family("scrapes_total", "counter", "Requests for the metrics page.", [[{}, counts.scrapes]]),
    family(
      "startup_duration_seconds",
      "gauge",
      "Time from the start to the first time ready.",
      counts.startupSeconds === undefined ? [] : [[{}, counts.startupSeconds]],
    ),
    family("build_info", "gauge", "Version and commit of attache.", [[{ version: facts.version, commit: facts.commit }, 1]]),
    family("envoy_state", "gauge", "State of the current epoch of Envoy.", [[{ state: agent.state }, 1]]),
    family("envoy_epoch", "gauge", "Number of the current epoch.", [[{}, agent.epoch]]),
    family("envoy_restarts_total", "counter", "Restarts of an Envoy that had ended.", [[{}, agent.restarts]]),
    family(
      "drain_duration_seconds",
      "gauge",
      "How long Envoy has been draining at the request of /drain.",
      agent.drainSeconds === undefined ? [] : [[{}, agent.drainSeconds]],
    ),
    family(
      "hot_restarts_total",
      "counter",
      "Hot restarts by outcome.",
      hotRestarts.map(([outcome, value]) => [{ outcome }, value]),
    ),
  ].join("");
}

function familyText(family: string, name: string, type: "counter" | "gauge", help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return "";
  return [
    `# HELP istio_agent_${family} ${help}`,
    `# TYPE istio_agent_${family} ${type}`,
    ...samples.map(([labels, value]) => `istio_agent_${name}${labelsText(labels)} ${value}`),
    "",
  ].join("\n");
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (each) => (each === "\n" ? "\\n" : `\\${each}`))}"`,
  );
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

import type { MeshCounts } from "../mesh/counts.ts";
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
  /** The time of the page, in milliseconds since 1970. */
  readonly now: number;
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
    form === "openmetrics" && type === "counter"
      ? familyText(name.replace(/_total$/, ""), name, name.endsWith("_total") ? type : "unknown", help, samples)
      : familyText(name, name, type, help, samples);
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
    ...(agent.mesh === undefined ? [] : meshRows(agent.mesh, facts.now).map((row) => family(...row))),
  ].join("");
}

type Row = readonly [name: string, type: "counter" | "gauge", help: string, samples: readonly Sample[]];

/** Returns the families of certificates and xDS. A counter appears with its first event, as upstream's does (contract 1.30 §10.3). */
function meshRows(mesh: MeshCounts, now: number): readonly Row[] {
  const counted = (value: number, labels: Sample[0] = {}): readonly Sample[] => (value === 0 ? [] : [[labels, value]]);
  const csr = { request_type: "csr" };
  const ends = ({ cancelled, error }: MeshCounts["istiodTerminations"]) => [
    ...counted(cancelled, { type: "cancelled" }),
    ...counted(error, { type: "error" }),
  ];
  const { certificateExpiry: expiry } = mesh;
  return [
    [
      "cert_expiry_seconds",
      "gauge",
      "Time until the workload's certificate expires, in seconds; negative once it has.",
      expiry === undefined ? [] : [[{ resource_name: "default" }, (expiry - now) / 1_000]],
    ],
    [
      "outgoing_latency",
      "counter",
      "Total time of requests to the certificate authority, in milliseconds.",
      counted(mesh.outgoingLatency, csr),
    ],
    ["num_outgoing_requests", "counter", "Requests to the certificate authority.", counted(mesh.outgoingRequests, csr)],
    [
      "num_failed_outgoing_requests",
      "counter",
      "Requests to the certificate authority that failed.",
      counted(mesh.failedOutgoingRequests, csr),
    ],
    ["num_outgoing_retries", "counter", "Retries of requests to the certificate authority.", counted(mesh.outgoingRetries, csr)],
    ["num_file_watcher_failures_total", "counter", "Certificate files that could not be watched.", counted(mesh.fileWatcherFailures)],
    ["num_file_secret_failures_total", "counter", "Certificate files that could not be used.", counted(mesh.fileSecretFailures)],
    ["istiod_connection_failures", "counter", "Connections to the control plane that failed.", counted(mesh.istiodConnectionFailures)],
    ["istiod_connection_terminations", "counter", "Ends of xDS streams by the control plane.", ends(mesh.istiodTerminations)],
    ["envoy_connection_terminations", "counter", "Ends of xDS streams by Envoy.", ends(mesh.envoyTerminations)],
    ["xds_proxy_requests", "counter", "xDS requests received from Envoy.", counted(mesh.xdsRequests)],
    ["xds_proxy_responses", "counter", "xDS responses received from the control plane.", counted(mesh.xdsResponses)],
  ];
}

function familyText(family: string, name: string, type: "counter" | "gauge" | "unknown", help: string, samples: readonly Sample[]): string {
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

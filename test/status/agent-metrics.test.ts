import { expect, test } from "bun:test";
import { type MeshCounts, startCounts } from "../../src/mesh/counts.ts";
import { agentMetrics, type PageForm } from "../../src/status/agent-metrics.ts";

const FACTS = { cpuSeconds: 1.25, residentBytes: 2_048, startTime: 3.5, now: 10_000, version: "1.2.3", commit: "abc" };
const AGENT = { state: "live", epoch: 3, restarts: 4, hotRestarts: {} };
const COUNTS = { scrapes: 2, failures: { envoy: 0, application: 0, agent: 0 } };

/** Samples without `istio_agent_`, and the families with their types. */
function read(page: string) {
  const lines = page.split("\n").filter((line) => line !== "");
  const types = lines.filter((line) => line.startsWith("# TYPE ")).map((line) => line.replace("# TYPE istio_agent_", ""));
  const samples = lines.filter((line) => !line.startsWith("#")).map((line) => line.replace("istio_agent_", ""));
  return { types, samples, helps: lines.filter((line) => /^# HELP istio_agent_\w+ [A-Z].*\.$/.test(line)).length };
}

const ALWAYS = [
  "process_cpu_seconds_total 1.25",
  "process_resident_memory_bytes 2048",
  "process_start_time_seconds 3.5",
  "scrapes_total 2",
  'build_info{version="1.2.3",commit="abc"} 1',
  'envoy_state{state="live"} 1',
  "envoy_epoch 3",
  "envoy_restarts_total 4",
];

test("a page has exactly the families with a value", () => {
  const { samples, types, helps } = read(agentMetrics(COUNTS, AGENT, FACTS, "text"));
  expect(samples).toEqual(ALWAYS);
  expect([types.length, helps]).toEqual([ALWAYS.length, ALWAYS.length]);
});

test("events are counted", () => {
  const counts = { ...COUNTS, failures: { envoy: 5, application: 0, agent: 6 }, startupSeconds: 0.75 };
  const agent = { ...AGENT, drainSeconds: 7, hotRestarts: { succeeded: 8, failed: 0 } };
  const { samples } = read(agentMetrics(counts, agent, FACTS, "text"));
  expect(samples.filter((line) => !ALWAYS.includes(line))).toEqual([
    'scrape_failures_total{type="envoy"} 5',
    'scrape_failures_total{type="agent"} 6',
    "startup_duration_seconds 0.75",
    "drain_duration_seconds 7",
    'hot_restarts_total{outcome="succeeded"} 8',
    'hot_restarts_total{outcome="failed"} 0',
  ]);
});

test("a family is its help, its type and its samples, in this order", () => {
  const page = agentMetrics(COUNTS, { ...AGENT, hotRestarts: { succeeded: 8, failed: 0 } }, FACTS, "text");
  expect(page.split("\n").filter((line) => line.includes("hot_restarts"))).toEqual([
    "# HELP istio_agent_hot_restarts_total Hot restarts by outcome.",
    "# TYPE istio_agent_hot_restarts_total counter",
    'istio_agent_hot_restarts_total{outcome="succeeded"} 8',
    'istio_agent_hot_restarts_total{outcome="failed"} 0',
  ]);
});

// OpenMetrics names the family of a counter without the suffix of its samples.
test.each<[PageForm, string]>([
  ["text", "_total"],
  ["openmetrics", ""],
])("families in the form %s", (form, suffix) => {
  const counts = { ...COUNTS, failures: { ...COUNTS.failures, envoy: 1 }, startupSeconds: 1 };
  const { types, samples } = read(agentMetrics(counts, { ...AGENT, drainSeconds: 1, hotRestarts: { lost: 1 } }, FACTS, form));
  expect(types).toEqual([
    `process_cpu_seconds${suffix} counter`,
    "process_resident_memory_bytes gauge",
    "process_start_time_seconds gauge",
    `scrape_failures${suffix} counter`,
    `scrapes${suffix} counter`,
    "startup_duration_seconds gauge",
    "build_info gauge",
    "envoy_state gauge",
    "envoy_epoch gauge",
    `envoy_restarts${suffix} counter`,
    "drain_duration_seconds gauge",
    `hot_restarts${suffix} counter`,
  ]);
  expect(samples.filter((line) => /_total[ {]/.test(line))).toHaveLength(5);
});

test("of a mesh there is nothing before the first event", () => {
  expect(agentMetrics(COUNTS, { ...AGENT, mesh: startCounts() }, FACTS, "text")).toBe(agentMetrics(COUNTS, AGENT, FACTS, "text"));
});

const MESH: MeshCounts = {
  outgoingRequests: 3,
  failedOutgoingRequests: 2,
  outgoingRetries: 1,
  outgoingLatency: 12.5,
  fileWatcherFailures: 4,
  fileSecretFailures: 5,
  certificateExpiry: 70_500,
  istiodConnectionFailures: 6,
  istiodTerminations: { cancelled: 7, error: 8 },
  envoyTerminations: { cancelled: 9, error: 0 },
  xdsRequests: 10,
  xdsResponses: 11,
};

test.each<[PageForm, string, string]>([
  ["text", "counter", "num_file_watcher_failures_total"],
  ["openmetrics", "unknown", "num_file_watcher_failures"],
])("events of a mesh have upstream's names and labels: %s", (form, type, watcher) => {
  const { samples, types } = read(agentMetrics(COUNTS, { ...AGENT, mesh: MESH }, FACTS, form));
  expect(samples.slice(ALWAYS.length)).toEqual([
    'cert_expiry_seconds{resource_name="default"} 60.5',
    'outgoing_latency{request_type="csr"} 12.5',
    'num_outgoing_requests{request_type="csr"} 3',
    'num_failed_outgoing_requests{request_type="csr"} 2',
    'num_outgoing_retries{request_type="csr"} 1',
    "num_file_watcher_failures_total 4",
    "num_file_secret_failures_total 5",
    "istiod_connection_failures 6",
    'istiod_connection_terminations{type="cancelled"} 7',
    'istiod_connection_terminations{type="error"} 8',
    'envoy_connection_terminations{type="cancelled"} 9',
    "xds_proxy_requests 10",
    "xds_proxy_responses 11",
  ]);
  // OpenMetrics has no counters without _total.
  expect(types).toContain(`xds_proxy_requests ${type}`);
  expect(types).toContain(`${watcher} counter`);
  expect(types).toContain("cert_expiry_seconds gauge");
});

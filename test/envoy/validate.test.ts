import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BINARY } from "../support/subject.ts";
import { ENVOY, environmentOf, runToEnd, type Setting, workDirectory, write } from "./support.ts";

// Broken bootstraps, each because of one input of a kind that people give, as the real Envoy rejects them.

interface Finding {
  readonly rule: string;
  readonly level: string;
  readonly message: string;
  readonly path?: string;
  readonly value?: unknown;
  readonly inputs: readonly { readonly input: string; readonly file?: string; readonly line?: number }[];
}

interface Report {
  readonly ok: boolean;
  readonly envoy: { readonly checked: boolean };
  readonly findings: readonly Finding[];
}

const OVERRIDE = "override.yaml";
const ADAPTED = ["--profile", "istio-1.6", "--adapt-envoy"];

function withOverride(...lines: readonly string[]): Setting {
  return { environment: { ISTIO_BOOTSTRAP_OVERRIDE: OVERRIDE }, files: { [OVERRIDE]: `${lines.join("\n")}\n` } };
}

async function validate(
  setting: Setting,
  profile: readonly string[] = [],
): Promise<Report & { readonly status: number; readonly directory: string }> {
  const directory = workDirectory();
  for (const [path, text] of Object.entries(setting.files ?? {})) write(join(directory, path), text);
  const annotations = Object.entries(setting.annotations ?? {}).map(
    ([name, value]) => `sidecar.istio.io/${name}=${JSON.stringify(value)}\n`,
  );
  write(join(directory, "etc/istio/pod/annotations"), annotations.join(""));
  const command = [...BINARY.command, ...profile, "validate", ...(setting.args ?? ["sidecar"]), "-o", "json"];
  const { status, out, err } = await runToEnd(command, directory, environmentOf(setting, directory));
  expect({ out: out.slice(0, 1), err }).toEqual({ out: "{", err: "" });
  return { ...(JSON.parse(out) as Report), status, directory };
}

const CLUSTER = ["static_resources:", "  clusters:", "  - name: mine", "    type: STATIC", "    connect_timeout: 1s"];
const LISTENER = ["static_resources:", "  listeners:", "  - name: mine"];
const BY_OVERRIDE = `the override "${OVERRIDE}" (ISTIO_BOOTSTRAP_OVERRIDE)`;
const CLUSTERS = "static_resources.clusters";

interface Row {
  readonly of: string;
  readonly setting: Setting;
  readonly message: string;
  readonly path?: string;
  readonly value?: unknown;
  readonly input: string;
  readonly line?: number;
}

/** A row about the override: the last of its lines is the wrong one, unless another is named. */
function override(
  of: string,
  lines: readonly string[],
  message: string,
  path: string | undefined,
  line: number | null = lines.length,
): Row {
  return {
    of,
    setting: withOverride(...lines),
    message,
    ...(path === undefined ? {} : { path }),
    input: BY_OVERRIDE,
    ...(line === null ? {} : { line }),
  };
}

/** Rejected with both releases. */
const REJECTED: readonly Row[] = [
  override(
    "a port above 65535",
    [...CLUSTER, "    upstream_bind_config:", "      source_address: {address: 127.0.0.1, port_value: 70000}"],
    "PortValue: value must be less than or equal to 65535",
    `${CLUSTERS}[mine].upstream_bind_config.source_address.port_value`,
  ),
  override(
    "a negative port",
    [...CLUSTER, "    upstream_bind_config:", "      source_address:", "        address: 127.0.0.1", "        port_value: -5"],
    "JSON number out of range for int",
    `${CLUSTERS}[mine].upstream_bind_config.source_address.port_value`,
  ),
  override(
    "a duration without unit",
    [...CLUSTER.slice(0, 4), "    connect_timeout: 1 second"],
    "duration must end with a single",
    `${CLUSTERS}[mine].connect_timeout`,
  ),
  override(
    "a duration as a number",
    [...CLUSTER.slice(0, 4), "    connect_timeout: 5"],
    "unexpected character: '5'",
    `${CLUSTERS}[mine].connect_timeout`,
  ),
  override(
    "a negative duration",
    ["watchdogs:", "  main_thread_watchdog:", "    kill_timeout: -1s"],
    "Invalid duration: Expected positive duration",
    "watchdogs.main_thread_watchdog.kill_timeout",
  ),
  override(
    "a timeout of zero in camel case",
    [...CLUSTER.slice(0, 4), "    connectTimeout: 0s"],
    "ConnectTimeout: value must be greater than 0s",
    `${CLUSTERS}[mine].connectTimeout`,
  ),
  override(
    "a cluster that the bootstrap has, too",
    ["static_resources:", "  clusters:", "  - name: xds-grpc", "    type: STATIC"],
    "duplicate cluster 'xds-grpc'",
    `${CLUSTERS}[xds-grpc].name`,
    3,
  ),
  override(
    "a cluster without a name",
    ["static_resources:", "  clusters:", "  - type: STATIC"],
    "Name: value length must be at least 1 characters",
    `${CLUSTERS}[0].name`,
  ),
  override(
    "an unknown type URL",
    [
      ...CLUSTER,
      "    transport_socket:",
      "      name: tls",
      "      typed_config:",
      '        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Upstream',
    ],
    "could not find @type",
    `${CLUSTERS}[mine].transport_socket.typed_config.@type`,
  ),
  override(
    "an unknown extension",
    [...CLUSTER, "    transport_socket:", "      name: nope"],
    "Didn't find a registered implementation for 'nope'",
    `${CLUSTERS}[mine].transport_socket.name`,
  ),
  override(
    "an address that is no IP address",
    [...CLUSTER, "    upstream_bind_config:", "      source_address:", "        port_value: 0", "        address: not-an-ip"],
    "malformed IP address: not-an-ip",
    `${CLUSTERS}[mine].upstream_bind_config.source_address.address`,
  ),
  override(
    "a text instead of a number below @type",
    [
      ...CLUSTER,
      "    transport_socket:",
      "      name: tls",
      "      typed_config:",
      '        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      "        max_session_keys: many",
    ],
    "invalid number",
    `${CLUSTERS}[mine].transport_socket.typed_config.max_session_keys`,
  ),
  override(
    "a certificate that does not exist",
    [
      ...CLUSTER,
      "    transport_socket:",
      "      name: envoy.transport_sockets.tls",
      "      typed_config:",
      '        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      "        common_tls_context:",
      "          validation_context:",
      "            trusted_ca:",
      "              filename: no-ca.pem",
    ],
    "Invalid path: no-ca.pem",
    `${CLUSTERS}[mine].transport_socket.typed_config.common_tls_context.validation_context.trusted_ca.filename`,
  ),
  override(
    "an EDS cluster without a source",
    ["static_resources:", "  clusters:", "  - name: mine", "    type: EDS"],
    "cannot create an EDS cluster without an EDS config",
    `${CLUSTERS}[mine].type`,
  ),
  override(
    "two kinds of one cluster",
    [...CLUSTER.slice(0, 3), "    type: STATIC", "    cluster_type: {name: x}"],
    "has already been set",
    undefined,
    null,
  ),
  override(
    "a required field",
    [...CLUSTER, "    health_checks:", "    - timeout: 1s", "      interval: 1s"],
    "UnhealthyThreshold: value is required",
    `${CLUSTERS}[mine].health_checks[0].unhealthy_threshold`,
    7,
  ),
  override(
    "a listener without filter chains",
    [...LISTENER, "    address:", "      socket_address: {address: 127.0.0.1, port_value: 80}"],
    "no filter chains specified",
    "static_resources.listeners[mine].address.socket_address",
  ),
  override(
    "a filter without a required field",
    [
      ...LISTENER,
      "    address: {socket_address: {address: 127.0.0.1, port_value: 80}}",
      "    filter_chains:",
      "    - filters:",
      "      - name: http",
      "        typed_config:",
      '          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    ],
    "StatPrefix: value length must be at least 1 characters",
    "static_resources.listeners[mine].filter_chains[0].filters[http].typed_config.stat_prefix",
    8,
  ),
  override(
    "a route to a cluster that does not exist",
    [
      "stats_sinks:",
      "- name: envoy.stat_sinks.statsd",
      "  typed_config:",
      '    "@type": type.googleapis.com/envoy.config.metrics.v3.StatsdSink',
      "    tcp_cluster_name: nope",
    ],
    "unknown cluster 'nope'",
    "stats_sinks[envoy.stat_sinks.statsd].typed_config.tcp_cluster_name",
  ),
  override(
    "a layer without values",
    ["layered_runtime:", "  layers:", "  - name: x"],
    'field: "layer_specifier", reason: is required',
    "layered_runtime.layers[x]",
  ),
  override(
    "a value of the runtime",
    ["layered_runtime:", "  layers:", "  - name: mine", "    static_layer:", "      a.b: [1]"],
    "Invalid runtime entry value for a.b",
    "layered_runtime.layers[mine].static_layer[a.b]",
  ),
  override(
    "a wrong format of an access log",
    [
      "admin:",
      "  access_log:",
      "  - name: mine",
      "    typed_config:",
      '      "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
      "      path: /dev/stdout",
      "      log_format:",
      "        text_format_source:",
      '          inline_string: "%NOPE(x)%"',
    ],
    "Not supported field in StreamInfo: NOPE",
    "admin.access_log[mine].typed_config.log_format.text_format_source.inline_string",
  ),
  override(
    "an access log in a directory that does not exist",
    [
      "admin:",
      "  access_log:",
      "  - name: mine",
      "    typed_config:",
      '      "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
      "      path: no-directory/log",
    ],
    "unable to open file 'no-directory/log'",
    "admin.access_log[mine].typed_config.path",
  ),
  override(
    "a regular expression for tags",
    ["stats_config:", "  stats_tags:", "  - tag_name: mine", "    regex: (unclosed"],
    "Invalid regex '(unclosed'",
    "stats_config.stats_tags[mine].regex",
  ),
  override("a list instead of a mapping", ["admin: []"], "unexpected character: '['", "admin"),
  override("a text instead of a document", ["hello"], "Unable to convert YAML as JSON", undefined, null),
  {
    of: "a log level",
    setting: { args: ["sidecar", "--proxyLogLevel", "loud"] },
    message: "invalid log level specified 'loud'",
    path: "argv[-l]",
    value: "loud",
    input: "--proxyLogLevel",
  },
  {
    of: "a log component",
    setting: { args: ["sidecar", "--proxyComponentLogLevel", "nosuch:debug"] },
    message: "invalid component specified 'nosuch'",
    path: "argv[--component-log-level]",
    input: "--proxyComponentLogLevel",
  },
  {
    of: "an outlier log",
    setting: { args: ["sidecar", "--outlierLogPath", "no-directory/log"] },
    message: "unable to open file 'no-directory/log'",
    path: "cluster_manager.outlier_detection.event_log_path",
    input: "--outlierLogPath",
  },
  {
    of: "extra tags of the ProxyConfig",
    setting: { proxyConfig: { extraStatTags: ["a(b"] } },
    message: "Invalid regex",
    path: "stats_config.stats_tags[a(b].regex",
    input: "extraStatTags in PROXY_CONFIG",
  },
  {
    of: "a tracer that this Envoy does not have",
    setting: { proxyConfig: { tracing: { lightstep: { address: "l:1234", accessToken: "secret-token" } } } },
    message: "Didn't find a registered implementation",
    path: "tracing.http.name",
    input: "tracing in PROXY_CONFIG",
  },
  {
    of: "a custom configuration that is no YAML",
    setting: {
      proxyConfig: { customConfigFile: "custom.yaml" },
      files: { "custom.yaml": "static_resources:\n  clusters:\n  - name: x\n   bad: 1s\n" },
    },
    message: "yaml-cpp: error at line 4, column 4",
    input: 'the configuration "custom.yaml" (customConfigFile in PROXY_CONFIG)',
    line: 4,
  },
  {
    of: "a custom configuration",
    setting: { proxyConfig: { customConfigFile: "custom.yaml" }, files: { "custom.yaml": "stats_flush_interval: 0s\n" } },
    message: "StatsFlushInterval: value must be inside range",
    path: "stats_flush_interval",
    value: "0s",
    input: 'the configuration "custom.yaml" (customConfigFile in PROXY_CONFIG)',
    line: 1,
  },
  {
    of: "a template",
    setting: { args: ["sidecar", "--templateFile", "t.json"], files: { "t.json": '{\n"stats_flush_interval": "0s"\n}\n' } },
    message: "StatsFlushInterval: value must be inside range",
    path: "stats_flush_interval",
    input: 'the template "t.json" (--templateFile)',
    line: 2,
  },
];

/** Rejected only with one release: the other has no such setting, or does not get so far. */
const REJECTED_1_30: readonly Row[] = [
  {
    of: "extra tags of an annotation",
    setting: { annotations: { extraStatTags: "a(,b" } },
    message: "Invalid regex",
    path: "stats_config.stats_tags[a(].regex",
    input: "pod annotation sidecar.istio.io/extraStatTags",
    line: 1,
  },
  {
    of: "buckets of a histogram",
    setting: { annotations: { statsHistogramBuckets: '{"a":[-1]}' } },
    message: "Buckets[0]: value must be greater than 0",
    path: "stats_config.histogram_bucket_settings[0].buckets[0]",
    value: -1,
    input: "pod annotation sidecar.istio.io/statsHistogramBuckets",
    line: 1,
  },
  {
    of: "a flush interval",
    setting: { annotations: { statsFlushInterval: "-5s" } },
    message: "Invalid duration: Expected positive duration",
    path: "stats_flush_interval",
    value: "-5s",
    input: "pod annotation sidecar.istio.io/statsFlushInterval",
    line: 1,
  },
];
const REJECTED_1_6: readonly Row[] = [
  override(
    "an unknown field",
    [...CLUSTER.slice(0, 4), "    connect_timout: 1s"],
    "no such field: 'connect_timout'",
    `${CLUSTERS}[mine].connect_timout`,
  ),
  override("an unknown field at the top", ["statc_resources: {}"], "no such field: 'statc_resources'", "statc_resources"),
  override(
    "a value of an enum",
    [...CLUSTER.slice(0, 3), "    type: STRICT_DNSS"],
    "unknown enum value: 'STRICT_DNSS'",
    `${CLUSTERS}[mine].type`,
  ),
  override("YAML with a tab", ["static_resources:", "\tclusters: []"], "yaml-cpp: error at line 2", undefined),
  {
    of: "the certificate of an access log service",
    setting: {
      proxyConfig: { envoyAccessLogService: { address: "als:9999", tlsSettings: { mode: "SIMPLE", caCertificates: "no-ca.pem" } } },
    },
    message: "Invalid path: no-ca.pem",
    path: `${CLUSTERS}[envoy_accesslog_service].transport_socket.typed_config.common_tls_context.validation_context.trusted_ca.filename`,
    input: "envoyAccessLogService in PROXY_CONFIG",
  },
];

describe.each([
  ["istio-1.30", [], [...REJECTED, ...REJECTED_1_30]],
  // The lists that the override is appended to have other lengths.
  ["istio-1.6", ADAPTED, [...REJECTED.filter((_, at) => at % 3 === 0), ...REJECTED_1_6]],
] as const)("%s: Envoy's complaint is traced to its cause:", (_, profile, rows) => {
  test.each(rows.map((row) => [row.of, row] as const))("%s", async (_of, { setting, message, path, value, input, line }) => {
    const { status, ok, findings, envoy } = await validate(setting, profile);
    const errors = findings.filter(({ level }) => level === "error");
    expect({ status, ok, checked: envoy.checked, count: errors.length }).toEqual({ status: 1, ok: false, checked: true, count: 1 });
    const [found] = errors;
    expect(found?.message).toContain(message);
    if (path !== undefined) expect(found?.path).toBe(path);
    if (value !== undefined) expect(found?.value).toBe(value);
    expect(found?.inputs[0]?.input).toBe(input);
    if (line !== undefined) expect(found?.inputs[0]?.line).toBe(line);
    expect(JSON.stringify(findings)).not.toContain("secret-token");
  });
});

test("with the options of 1.30 Envoy ignores unknown fields: all of them are warnings, and --strict refuses them", async () => {
  const setting = withOverride(...CLUSTER, "    connect_timout: 1s", "    dns_lookup_family: V9", "admin:", "  adress: {}");
  const found = await validate(setting);
  expect({ status: found.status, ok: found.ok }).toEqual({ status: 0, ok: true });
  expect(found.findings.map(({ rule, level, path, inputs: [first] }) => [rule, level, path, first?.line]).sort()).toEqual([
    // Envoy reads the members of a document in any order.
    ["envoy-unknown-field", "warning", "admin.adress", 9],
    ["envoy-unknown-field", "warning", `${CLUSTERS}[mine].connect_timout`, 6],
    ["envoy-unknown-field", "warning", `${CLUSTERS}[mine].dns_lookup_family`, 7],
  ]);
  expect((await validate({ ...setting, args: ["sidecar", "--strict"] })).status).toBe(1);
});

test("a deprecated field of the override is a warning, those of the release are one note", async () => {
  const { findings, status } = await validate(withOverride("admin:", "  access_log_path: /dev/null"), ADAPTED);
  expect(status).toBe(0);
  const deprecated = findings.filter(({ rule }) => rule === "envoy-deprecated-field");
  expect(deprecated.map(({ level, path, inputs: [first] }) => [level, path, first?.line])).toEqual([
    ["warning", "admin.access_log_path", 2],
    ["note", undefined, undefined],
  ]);
});

test("a stock start is accepted, and nothing is written, not even the log files that Envoy would create", async () => {
  const { status, findings, directory } = await validate({ args: ["sidecar", "--outlierLogPath", "outlier.log"] });
  expect({ status, findings }).toEqual({ status: 0, findings: [] });
  expect(["outlier.log", "proxy"].filter((name) => existsSync(join(directory, name)))).toEqual([]);
});

test("a custom configuration that does not exist", async () => {
  const { status, findings } = await validate({ proxyConfig: { customConfigFile: "no-custom.yaml" } });
  expect(status).toBe(1);
  expect(findings).toMatchObject([
    {
      level: "error",
      message: 'Cannot read "no-custom.yaml": no such file or directory',
      path: "argv[-c]",
      inputs: [{ input: "customConfigFile in PROXY_CONFIG" }],
    },
  ]);
});

test("a pod of 1.6 is checked with this Envoy; what its certificates are is unknown, and the rest is checked", async () => {
  const pod = await Bun.file(join(import.meta.dir, "../pod/fixtures/sidecar-1.6.yaml")).text();
  const tags = pod.replace('{\\"proxyMetadata\\":', '{\\"extraStatTags\\":[\\"a(\\"],\\"proxyMetadata\\":');
  for (const [text, errors] of [
    [pod, []],
    [tags, ["stats_config.stats_tags[a(].regex"]],
  ] as const) {
    const { findings } = await validate({
      args: ["sidecar", "--from-file=pod.yaml", `--envoy-path=${ENVOY}`],
      files: { "pod.yaml": text },
    });
    expect(findings.filter(({ level }) => level === "error").map(({ path = "" }) => path)).toEqual([...errors]);
    if (errors.length === 0) expect(findings.map(({ rule, level }) => [rule, level])).toContainEqual(["envoy-missing-file", "unknown"]);
  }
});

import { describe, expect, test } from "bun:test";
import { run } from "../../src/commands/run.ts";
import { type Case, expand } from "../conformance/cases.ts";
import { fakeHost, PLACES } from "../conformance/fake-host.ts";

/** An invalid or suspicious input, and its message. */
interface Row {
  readonly what: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly mesh?: string;
  readonly annotations?: string;
  readonly labels?: string;
  readonly override?: string;
  readonly xds?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly profile?: string;
  /** The origin of the value in the message. */
  readonly origin: string;
  /** The value in the message. */
  readonly value: string;
  /** Other parts of the message: the position, the expected value, the remedy. */
  readonly says: readonly string[];
}

const POD = { POD_NAME: "web-1", POD_NAMESPACE: "default", INSTANCE_IP: "10.0.0.1" };
const MESH = 'mesh config file "./etc/istio/config/mesh"';

const proxyConfig = (what: string, text: string, value: string, ...says: readonly string[]): Row => ({
  what,
  env: { PROXY_CONFIG: text },
  origin: "PROXY_CONFIG",
  value,
  says,
});
const variable = (name: string, text: string, value: string, ...says: readonly string[]): Row => ({
  what: `${name} of ${text}`,
  env: { [name]: text },
  origin: name,
  value,
  says,
});

const REFUSED: readonly Row[] = [
  proxyConfig(
    "a text for a number",
    "concurrency: four",
    '"four"',
    "concurrency in",
    "(line 1, column 14): must be a whole number:",
    "(json: cannot unmarshal string into Go value of type int32)",
  ),
  proxyConfig("a number out of range", "statusPort: 3000000000", "3000000000", "must be a whole number from -2147483648 to 2147483647"),
  proxyConfig(
    "a number for a duration",
    '{"drainDuration": 5}',
    "5",
    "(line 1, column 19): must be a duration such as 5s",
    "(json: cannot unmarshal number into Go value of type string)",
  ),
  proxyConfig(
    "a text for a duration",
    "drainDuration: soon",
    '"soon"',
    "must be a duration such as 5s",
    'bad Duration: time: invalid duration "soon"',
  ),
  proxyConfig(
    "a quoted number out of range",
    'statusPort: "3000000000"',
    '"3000000000"',
    "must be a whole number from -2147483648 to 2147483647",
  ),
  {
    what: "an invalid port in a mesh config of 1.6",
    profile: "istio-1.6",
    mesh: "defaultConfig:\n  proxyAdminPort: 70000\n",
    origin: MESH,
    value: "70000",
    says: ["invalid proxy admin port", "proxyAdminPort from", "line 2, column 19"],
  },
  {
    what: "an invalid port in a mesh config of 1.6, by the names of the proto file",
    profile: "istio-1.6",
    mesh: "default_config:\n  proxy_admin_port: 70000\n",
    origin: MESH,
    value: "70000",
    says: ["invalid proxy admin port", "proxyAdminPort from", "line 2, column 21"],
  },
  {
    what: "an invalid port in a mesh config of 1.30",
    mesh: "defaultConfig:\n  proxyAdminPort: 70000\n",
    origin: MESH,
    value: "70000",
    says: ["invalid proxy admin port", "proxyAdminPort from", "line 2, column 19"],
  },
  proxyConfig(
    "a number below zero",
    "gatewayTopology: {numTrustedProxies: -1}",
    "-1",
    "must be a whole number, 0 or more, at most 4294967295:",
  ),
  proxyConfig("a list for a map", "proxyMetadata: [a]", '["a"]', "proxyMetadata in", "must be a mapping of fields to values"),
  proxyConfig("a number for a text", "meshId: 7", "7", "meshId in", "must be a string"),
  proxyConfig("a text for a boolean", "statsCompression: 'on'", '"on"', "must be true or false"),
  proxyConfig("a text for a message", "tracing: zipkin", '"zipkin"', "must be a mapping of fields to values"),
  proxyConfig("a text for a list", "extraStatTags: a", '"a"', "must be a list"),
  proxyConfig("a number in a list", "extraStatTags:\n- a\n- 7", "7", "extraStatTags.1 in", "(line 3, column 3): must be a string"),
  proxyConfig(
    "an unknown name of an enum",
    "interceptionMode: REDIRCT",
    '"REDIRCT"',
    "must be one of REDIRECT, TPROXY, NONE",
    "did you mean REDIRECT?",
  ),
  proxyConfig("no mapping at all", "hello", '"hello"', "the document in", "must be a mapping of fields to values"),
  proxyConfig("broken YAML", "a: 1\nb: [\n", "", "is not valid YAML or JSON", "line 3", "column 1"),
  proxyConfig("a tab", "\tconcurrency: 4", "`concurrency: 4`", "line 1", "column 1"),
  proxyConfig(
    "a control character",
    "concurrency: 4\nmeshId: a\u0001b",
    "`\\x01b`",
    "control characters are not allowed (line 2, column 10",
  ),
  proxyConfig(
    "a template that nothing expanded",
    "statusPort: 1\nconcurrency: {{ .Values.workers }}",
    "`{{ .Values.workers }}`",
    "line 2, column 14",
    "is an unexpanded template expression",
    "(yaml: invalid map key:",
  ),
  proxyConfig(
    "a template around fields",
    "concurrency: 4\n{{- if .x }}\nmeshId: a\n{{- end }}",
    "`{{- if .x }}`",
    "line 2, column 1",
    "is an unexpanded template expression",
  ),
  proxyConfig("a mapping as a key", "a: 1\n? {b: 1}\n: 3", "`{b: 1}`", "yaml: invalid map key", "(line 2, column 3"),
  proxyConfig("an anchor that is not there", "a: *x", "`*x`", "yaml: unknown anchor 'x' referenced (line 1, column 4"),
  proxyConfig("an empty key", "a: 1\n~: x", "`~: x`", "unsupported map key", "(line 2, column 1"),
  proxyConfig("an infinite number", "a:\n- .inf", "`.inf`", "json: unsupported value: +Inf (line 2, column 3"),
  proxyConfig(
    "a broken rule",
    "drain_duration: 1.5s",
    "1.5s",
    "drain time only supports durations to seconds precision",
    "(drainDuration from PROXY_CONFIG, line 1, column 17)",
  ),
  proxyConfig("a port out of range", "statusPort: 70000", "70000", "(statusPort from PROXY_CONFIG, line 1, column 13)"),
  proxyConfig(
    "a bad address within",
    "tracing:\n  zipkin:\n    address: nowhere",
    '"nowhere"',
    "(tracing.zipkin.address from PROXY_CONFIG, line 3, column 14)",
  ),
  proxyConfig(
    "a rule about a message",
    "tracing:\n  tlsSettings:\n    mode: MUTUAL",
    '{"mode":"MUTUAL"}',
    "client certificate required",
    "(tracing.tlsSettings from PROXY_CONFIG, line 3, column 5)",
  ),
  proxyConfig(
    "a secret of the wrong type",
    "tracing:\n  lightstep:\n    accessToken: 12345",
    "***",
    "tracing.lightstep.accessToken",
    "(line 3, column 18): must be a string",
  ),
  proxyConfig(
    "metadata in proxyMetadata",
    'proxyMetadata:\n  ISTIO_META_DNS_CAPTURE: "maybe"',
    '"maybe"',
    "proxyMetadata.ISTIO_META_DNS_CAPTURE in PROXY_CONFIG (line 2, column 27) must be true or false",
  ),
  {
    ...proxyConfig(
      "an unknown field, with --strict",
      "concurency: 2",
      "concurency",
      'unknown field "concurency"',
      "(line 1, column 1)",
      "did you mean concurrency?",
    ),
    args: ["--strict"],
  },
  {
    what: "a wrong type in the mesh config",
    mesh: "defaultConfig:\n  concurrency: x\n",
    origin: MESH,
    value: '"x"',
    says: ["defaultConfig.concurrency in", "(line 2, column 16)"],
  },
  {
    what: "a rule of the mesh config",
    mesh: "proxyListenPort: 0\n",
    origin: MESH,
    value: "0",
    says: ["(proxyListenPort from", ", line 1, column 18)"],
  },
  {
    what: "a domain in the mesh config",
    mesh: "a: 1\ntrustDomain: a_b\n",
    origin: MESH,
    value: '"a_b"',
    says: ["invalid trust domain", ", line 2, column 14)"],
  },
  {
    what: "weights in the mesh config",
    mesh: "localityLbSetting:\n  distribute:\n  - from: a\n    to: {a: 50}\n",
    origin: MESH,
    value: "50",
    says: ["must add up to 100, not 50", ", line 2, column 3)"],
  },
  {
    what: "a rule of its defaultConfig",
    mesh: "defaultConfig:\n  drainDuration: 0s\n",
    origin: MESH,
    value: "0s",
    says: ["(drainDuration from", ", line 2, column 18)"],
  },
  {
    what: "a template in the mesh config",
    mesh: "defaultConfig:\n  concurrency: {{ .x }}\n",
    origin: MESH,
    value: "`{{ .x }}`",
    says: ["line 2, column 16"],
  },
  {
    what: "a wrong type in the annotation",
    annotations: 'proxy.istio.io/config="concurrency: x\\n"\n',
    origin: "pod annotation proxy.istio.io/config",
    value: '"x"',
    says: ["(line 1, column 14)"],
  },
  {
    what: "an invalid status port",
    annotations: 'status.sidecar.istio.io/port="99999"\n',
    origin: "pod annotation status.sidecar.istio.io/port",
    value: '"99999"',
    says: ["must be a port from 1 to 65535"],
  },
  {
    what: "a discovery address",
    annotations: 'sidecar.istio.io/discoveryAddress="istiod"\n',
    origin: "pod annotation sidecar.istio.io/discoveryAddress",
    value: '"istiod"',
    says: ["unable to parse discovery address"],
  },
  variable(
    "ISTIO_META_POD_PORTS",
    '[\n    ,{"containerPort":8080,"protocol":"TCP"}\n]',
    '`[\\n    ,{"containerPort":8080',
    "must be a JSON list of ports",
    "line 2, column 5: expected value or ], found",
    "invalid character ',' looking for beginning of value",
  ),
  variable(
    "ISTIO_META_POD_PORTS",
    '[{"containerPort": 1}',
    '`[{"containerPort": 1}`',
    "line 1, column 22: expected , or ], but the text ends",
    "unexpected end of JSON input",
  ),
  variable("ISTIO_META_POD_PORTS", '[{"protocol": 7}]', "7", "0.protocol of", "(line 1, column 15) must be a string"),
  variable("ISTIO_META_POD_PORTS", '[{}, {"Name": 7}]', "7", "1.Name of", "(line 1, column 15) must be a string"),
  variable("ISTIO_META_POD_PORTS", '[{"containerPort": 1.5}]', "1.5", "0.containerPort of", "(line 1, column 20) must be a whole number"),
  variable(
    "ISTIO_META_POD_PORTS",
    '[\n {"containerPort": "x"}]',
    '"x"',
    "0.containerPort of",
    "(line 2, column 20) must be a whole number",
  ),
  variable("ISTIO_META_DNS_CAPTURE", "maybe", '"maybe"', "must be true or false", 'strconv.ParseBool: parsing "maybe": invalid syntax'),
  variable(
    "ISTIO_META_ENVOY_STATUS_PORT",
    "15021",
    '"15021"',
    "must be a whole number",
    "ISTIO_META_ variables are always strings: set ENVOY_STATUS_PORT instead",
  ),
  variable("ISTIO_META_LABELS", "app=x", '"app=x"', "must be a mapping of strings", 'use ISTIO_METAJSON_LABELS with {"LABELS": …}'),
  variable("ISTIO_METAJSON_X", '{\n"NAME": 5}', "5", "NAME in ISTIO_METAJSON_X (line 2, column 9) must be a string"),
  variable("ISTIO_METAJSON_X", '{"LABELS": {"a": 1}}', "1", "a of LABELS in ISTIO_METAJSON_X (line 1, column 18) must be a string"),
  variable("ISTIO_META_LOAD_STATS_CONFIG_JSON", "{x}", "`x}`", "is not valid JSON: line 1, column 2: expected key or }"),
  variable("ISTIO_KUBE_APP_PROBERS", '{"a": [}', "`}`", "it is not JSON: line 1, column 8: expected value or ]"),
  variable(
    "ISTIO_KUBE_APP_PROBERS",
    '{"/app-health/x/livez":{"httpGet":{"port":"http"}}}',
    '"http"',
    "port must be a number",
    "(line 1, column 43)",
  ),
  variable("ISTIO_PROMETHEUS_ANNOTATIONS", '{"port": 5}', "5", "port must be a string", "(line 1, column 10)"),
  variable("ENVOY_STATUS_PORT", "99999", "99999", "must be a port from 0 to 65535"),
  variable("ENVOY_PROMETHEUS_PORT", "-1", "-1", "must be a port from 0 to 65535"),
  variable("CREDENTIAL_FETCHER_TYPE", "Magic", '"Magic"', "use JWT, GoogleComputeEngine or Mock"),
  variable("CA_PROVIDER", "Vault", '"Vault"', "not registered", "use Citadel"),
  { ...variable("PROV_CERT", "/certs", '"/certs"', "cannot both be set"), env: { PROV_CERT: "/certs", FILE_MOUNTED_CERTS: "true" } },
  variable("WORKLOAD_IDENTITY_SOCKET_FILE", "a/b", '"a/b"', "must be a filename"),
  variable("CA_ROOT_CA", "no.pem", '"no.pem"', "does not exist"),
  variable("ISTIO_BOOTSTRAP", "no.json", '"no.json"', "no such file"),
  variable("ATTACHE_STRICT", "maybe", '"maybe"', "invalid argument"),
  variable("ATTACHE_GRACE_PERIOD", "soon", '"soon"', "must be a time such as 30"),
  { what: "a flag of the wrong type", args: ["--concurrency=x"], origin: "--concurrency", value: '"x"', says: ["invalid argument"] },
  { what: "a log level", args: ["--log_output_level=loud"], origin: "--log_output_level", value: "'loud'", says: ["invalid output level"] },
  {
    what: "a level of stack traces",
    args: ["--log_stacktrace_level=loud"],
    origin: "--log_stacktrace_level",
    value: "'loud'",
    says: ["invalid output level"],
  },
  {
    what: "a directory of resources that is not there",
    args: ["--xds=file:no/where"],
    origin: "--xds file:no/where",
    value: '"no/where/clusters.yaml"',
    says: ['"no/where/listeners.yaml" does not exist', "resources: []"],
  },
  {
    what: "files with the old release",
    profile: "istio-1.6",
    args: ["--xds=file:/etc/envoy"],
    origin: "--xds",
    value: "file:/etc/envoy",
    says: ["profile istio-1.6 supports only agent"],
  },
  {
    what: "an unchecked discovery address of 1.6",
    profile: "istio-1.6",
    annotations: 'sidecar.istio.io/discoveryAddress="istiod"\n',
    origin: "pod annotation sidecar.istio.io/discoveryAddress",
    value: '"istiod"',
    says: ["missing port in address"],
  },
];

const WARNED: readonly Row[] = [
  proxyConfig(
    "a field in a wrapper",
    "defaultConfig:\n  concurrency: 4",
    '"defaultConfig"',
    "Ignoring defaultConfig in PROXY_CONFIG (line 1, column 1): unknown field",
    'remove "defaultConfig"',
  ),
  proxyConfig(
    "a mistyped field",
    "tracing:\n  zipkn:\n    address: a:1",
    '"zipkn"',
    "tracing.zipkn in",
    "(line 2, column 3)",
    "did you mean zipkin?",
  ),
  proxyConfig("a field at the wrong place", "zipkin:\n  address: a:1", '"zipkin"', "(line 1, column 1)", "did you mean tracing.zipkin?"),
  proxyConfig(
    "a field that is too deep",
    "tracing:\n  concurrency: 2",
    '"concurrency"',
    "(line 2, column 3)",
    "did you mean concurrency, at the top?",
  ),
  {
    what: "a mistyped defaultConfig",
    mesh: "defaultConfg:\n  concurrency: 2\n",
    origin: MESH,
    value: '"defaultConfg"',
    says: ["(line 1, column 1)", "did you mean defaultConfig?"],
  },
  {
    what: "a mistyped field below defaultConfig",
    mesh: "defaultConfig:\n  tracing:\n    zipkn: {}\n",
    origin: MESH,
    value: '"zipkn"',
    says: ["defaultConfig.tracing.zipkn in", "(line 3, column 5)", "did you mean zipkin?"],
  },
  {
    what: "a ProxyConfig field beside it",
    mesh: "# a\nconcurrency: 2\n",
    origin: MESH,
    value: '"concurrency"',
    says: ["(line 2, column 1)", "did you mean defaultConfig.concurrency?"],
  },
  {
    what: "a name that 1.30 does not read",
    mesh: "default_config:\n  concurrency: 2\n",
    origin: MESH,
    value: "default_config",
    says: ["(line 1, column 1)", "reads only defaultConfig"],
  },
  variable("INSTANCE_IP", "10.0.0", '"10.0.0"', "is not an IP address", "set INSTANCE_IP from status.podIP"),
  variable("INSTANCE_IP", "", '""', "is not an IP address"),
  { ...variable("POD_NAME", "", '"sidecar~10.0.0.1~.default~default.svc.cluster.local"', "set POD_NAME from metadata.name") },
  { ...variable("POD_NAMESPACE", "", '"sidecar~10.0.0.1~web-1.~.svc.cluster.local"', "set POD_NAMESPACE from metadata.namespace") },
  {
    what: "a variable that Kubernetes left",
    args: ["--domain=$(POD_NAMESPACE).svc"],
    origin: "node id",
    value: "$(POD_NAMESPACE)",
    says: ["which was not expanded"],
  },
  variable("ATTACHE_XSD", "file:x", "ATTACHE_XSD", "did you mean ATTACHE_XDS?"),
  variable("ATTACHE_DRAIN_MODES", "x", "ATTACHE_DRAIN_MODES", "it is not a variable of attache"),
  variable("PROXY_CONFG", "x", "PROXY_CONFG", "did you mean PROXY_CONFIG?"),
  variable("ISTIO_CPU_LMIIT", "2", "ISTIO_CPU_LMIIT", "did you mean ISTIO_CPU_LIMIT?"),
  variable("ENVOY_STATS_PORT", "15021", "ENVOY_STATS_PORT", "did you mean ENVOY_STATUS_PORT?"),
  variable("ISTIO_BOOTSTRAP_OVERIDE", "x", "ISTIO_BOOTSTRAP_OVERIDE", "did you mean ISTIO_BOOTSTRAP_OVERRIDE?"),
  variable("ISTIO_METAJSON_X", "{x}", "`x}`", "Ignoring ISTIO_METAJSON_X", "line 1, column 2: expected key or }"),
  variable("ISTIO_METAJSON_X", "[1]", "`[1]`", "it must be a JSON object"),
  variable("ISTIO_METAJSON_LABELS", '{"a": 1}', "1", 'Label "a" of ISTIO_METAJSON_LABELS', "it must be a string"),
  variable("COMPLIANCE_POLICY", "FIPS", '"FIPS"', "must be one of fips-140-2, pqc"),
  variable("CLOUD_PLATFORM", "amazon", '"amazon"', "must be one of aws, azure, gcp, none"),
  variable("ENVOY_STATUS_PORT", "x", "`x`", "expecting an integer, defaulting to 15021"),
  {
    what: "a byte order mark",
    annotations: '\ufeffproxy.istio.io/config="concurrency: 2"\n',
    origin: '"./etc/istio/pod/annotations"',
    value: "byte order mark",
    says: ["save it without the mark"],
  },
  {
    what: "line ends of Windows",
    annotations: 'a="b"\r\n',
    origin: '"./etc/istio/pod/annotations"',
    value: '"b"\\r',
    says: ["(line 1, column 3)", "must end with LF, not CRLF"],
  },
  {
    what: "a value without quotes",
    labels: 'app="a"\nversion=v1\n',
    origin: '"./etc/istio/pod/labels"',
    value: "v1",
    says: ["failed to unquote v1: invalid syntax (line 2, column 9)"],
  },
  {
    what: "YAML in the file of labels",
    labels: 'app: "a"\n',
    origin: '"./etc/istio/pod/labels"',
    value: "app: ",
    says: ["Ignoring line 1 of"],
  },
  {
    what: "an annotation a letter off",
    annotations: 'proxy.istio.io/confg="concurrency: 2"\n',
    origin: "pod annotation",
    value: '"proxy.istio.io/confg"',
    says: ["did you mean proxy.istio.io/config?"],
  },
  {
    what: "a domain a letter off",
    annotations: 'status.sidecar.isto.io/port="1"\n',
    origin: "pod annotation",
    value: '"status.sidecar.isto.io/port"',
    says: ["did you mean status.sidecar.istio.io/port?"],
  },
  {
    what: "a name in capitals",
    annotations: 'sidecar.istio.io/DiscoveryAddress="a:1"\n',
    origin: "pod annotation",
    value: '"sidecar.istio.io/DiscoveryAddress"',
    says: ["did you mean sidecar.istio.io/discoveryAddress?"],
  },
  {
    what: "an interval",
    annotations: 'sidecar.istio.io/statsFlushInterval="5"\n',
    origin: "annotation sidecar.istio.io/statsFlushInterval",
    value: '"5"',
    says: ["must be a duration such as 30s"],
  },
  {
    what: "buckets",
    annotations: 'sidecar.istio.io/statsHistogramBuckets="[1]"\n',
    origin: "annotation sidecar.istio.io/statsHistogramBuckets",
    value: "[1]",
    says: ["must be a JSON object"],
  },
  {
    what: "an override that is no YAML",
    override: "a: 1\nb: [\n",
    origin: 'bootstrap override "over.yaml" (ISTIO_BOOTSTRAP_OVERRIDE)',
    value: "starting without it",
    says: ["line 3", "column 1"],
  },
  {
    what: "resources that are no YAML",
    args: ["--xds=file:xds"],
    xds: { "clusters.yaml": "resources: []", "listeners.yaml": "resources:\n- a: [\n" },
    origin: '"xds/listeners.yaml"',
    value: "cannot be read",
    says: ["line 3", "column 1"],
  },
  {
    what: "resources that are a text",
    args: ["--xds=file:xds"],
    xds: { "clusters.yaml": "resources: []", "listeners.yaml": "hello" },
    origin: '"xds/listeners.yaml"',
    value: '"hello"',
    says: ["must be a mapping with resources"],
  },
];

async function saidOf(
  row: Row,
): Promise<{ readonly status: number; readonly said: readonly { readonly level: string; readonly text: string }[] }> {
  const profile = row.profile ?? "istio-1.30";
  const recorded: Case = {
    name: row.what,
    profile,
    args: [],
    env: { ...POD, ...row.env, ...(row.override === undefined ? {} : { ISTIO_BOOTSTRAP_OVERRIDE: "over.yaml" }) },
    files: {
      "var/run/secrets/istio/root-cert.pem": "root",
      ...(row.mesh === undefined ? {} : { "etc/istio/config/mesh": row.mesh }),
      ...(row.annotations === undefined ? {} : { "etc/istio/pod/annotations": row.annotations }),
      ...(row.labels === undefined ? {} : { "etc/istio/pod/labels": row.labels }),
      ...(row.override === undefined ? {} : { "over.yaml": row.override }),
      ...Object.fromEntries(Object.entries(row.xds ?? {}).map(([name, text]) => [`xds/${name}`, text])),
    },
    expect: { launched: false, exit: 255 },
  };
  const said: { level: string; text: string }[] = [];
  const { host } = fakeHost(expand(recorded, PLACES));
  const openLog = () => (level: string, text: string) => void said.push({ level, text });
  const status = await run(["render", "--profile", profile, ...(row.args ?? [])], "attache", { ...host, openLog });
  return { status, said };
}

describe("a refusal names the origin and shows the value and the position", () => {
  test.each(REFUSED.map((row) => [row.what, row] as const))("%s", async (_, row) => {
    const { status, said } = await saidOf(row);
    const errors = said.filter(({ level }) => level === "error").map(({ text }) => text);
    expect(status).toBeGreaterThan(0);
    expect(errors).toHaveLength(1);
    for (const part of [row.origin, row.value, ...row.says]) expect(errors[0]).toContain(part);
  });
});

describe("a suspicious input is one warning", () => {
  test.each(WARNED.map((row) => [row.what, row] as const))("%s", async (_, row) => {
    const { status, said } = await saidOf(row);
    const warnings = said
      .filter(({ level, text }) => level === "warn" && !text.startsWith("Nothing is listening on the xDS socket"))
      .map(({ text }) => text);
    expect({ status, warnings }).toEqual({ status: 0, warnings: [expect.stringContaining(row.origin)] });
    for (const part of [row.value, ...row.says]) expect(warnings[0]).toContain(part);
  });
});

test("a refused start reports earlier notices first and the reason last, as a misspelled field may be the cause", async () => {
  const field = { PROXY_CONFIG: "tracing: {zipkin: {addres: a:1}}" };
  const annotation = 'proxy.istio.io/confg="{}"\n';
  const { said } = await saidOf({ what: "", env: field, annotations: annotation, origin: "", value: "", says: [] });
  expect(said.filter(({ level }) => level !== "debug").map(({ level, text }) => [level, text.split(";")[0]])).toEqual([
    ["warn", 'Ignoring pod annotation "proxy.istio.io/confg"'],
    ["warn", 'Ignoring tracing.zipkin.addres in PROXY_CONFIG (line 1, column 20): unknown field "addres"'],
    ["error", expect.stringContaining("(tracing.zipkin.address from PROXY_CONFIG")],
  ]);
});

test("--strict refuses unknown fields, too, after invalid ones", async () => {
  const row = { what: "", env: { PROXY_CONFIG: "foo: 1\nstatusPort: x" }, args: ["--strict"], origin: "", value: "", says: [] };
  const { said } = await saidOf(row);
  expect(said.filter(({ level }) => level === "error").map(({ text }) => text)).toEqual([
    expect.stringMatching(/^Cannot use proxy config: statusPort in PROXY_CONFIG .*foo in PROXY_CONFIG .*unknown field "foo"/s),
  ]);
});

test("a valid pod gets no warnings about the variables, labels and annotations that Istio, Kubernetes and others set", async () => {
  const env = {
    ATTACHE_SERVICE_HOST: "10.1.1.1",
    ATTACHE_PORT: "tcp://10.1.1.1:80",
    ATTACHE_PORT_80_TCP_ADDR: "10.1.1.1",
    ATTACHE_METRICS_SERVICE_PORT_HTTP: "9090",
    ATTACHE_DRAIN: "recorded",
    JWT_POLICY: "third-party-jwt",
    PILOT_CERT_PROVIDER: "istiod",
    CA_ADDR: "istiod.istio-system.svc:15012",
    SERVICE_ACCOUNT: "default",
    HOST_IP: "192.168.0.1",
    POD_IP: "10.0.0.1",
    ISTIO_CPU_LIMIT: "2",
    ISTIO_META_POD_PORTS: "[\n]",
    ISTIO_META_APP_CONTAINERS: "web",
    ISTIO_META_INTERCEPTION_MODE: "REDIRECT",
    ISTIO_META_MESH_ID: "cluster.local",
    ISTIO_META_NODE_NAME: "node-1",
    TRUST_DOMAIN: "cluster.local",
    PROXY_XDS_VIA_AGENT: "true",
    ENVOY_USER: "istio-proxy",
    INSTANCE_ID: "i-0123456789abcdef0",
    POD_NAMES: "web-1,web-2",
    ENVOY_STATS_SERVICE_HOST: "10.1.1.2",
    ENVOY_STATS_PORT: "tcp://10.1.1.2:80",
  };
  const annotations = [
    "istio.io/rev",
    "kubectl.kubernetes.io/default-container",
    "kubectl.kubernetes.io/default-logs-container",
    "kubernetes.io/config.seen",
    "prometheus.io/path",
    "prometheus.io/port",
    "prometheus.io/scrape",
    "proxy.istio.io/overrides",
    "sidecar.istio.io/status",
    "sidecar.istio.io/inject",
    "sidecar.istio.io/proxyCPU",
    "sidecar.istio.io/bootstrapOverride",
    "sidecar.istio.io/statsCompression",
    "traffic.sidecar.istio.io/excludeInboundPorts",
    "traffic.sidecar.istio.io/includeInboundPorts",
    "inject.istio.io/templates",
    "example.com/config",
    "config.linkerd.io/port",
  ];
  const lines = annotations.map((name) => `${name}="x"\n`).join("");
  const { said } = await saidOf({ what: "sound", env, annotations: lines, labels: 'app="web"\n', origin: "", value: "", says: [] });
  const odd = said.filter(
    ({ level, text }) => level !== "debug" && level !== "info" && !text.startsWith("Nothing is listening on the xDS socket"),
  );
  expect(odd).toEqual([]);
});

test("1.6 starts with an invalid status port without a status server, as recorded", async () => {
  const row: Row = {
    what: "",
    profile: "istio-1.6",
    annotations: 'status.sidecar.istio.io/port="70000"\n',
    origin: "",
    value: "",
    says: [],
  };
  const token = { ...row, env: { CA_ADDR: "a:15010", PROXY_CONFIG: '{"discoveryAddress": "a:15010"}' } };
  const { status, said } = await saidOf(token);
  expect(status).toBe(0);
  expect(said.filter(({ level }) => level === "error").map(({ text }) => text)).toEqual([
    'Cannot use annotation status.sidecar.istio.io/port, the status server is disabled: must be a port from 1 to 65535, or 0 for none: current value is "70000"',
  ]);
});

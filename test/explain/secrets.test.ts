import { expect, test } from "bun:test";
import { answerOf } from "./support.ts";

/** Every secret has this in it. */
const SECRET = "hunter2";
const KEY = `-----BEGIN PRIVATE KEY-----\\nMII${SECRET}\\n-----END PRIVATE KEY-----`;

const OVERRIDE = JSON.stringify({
  stats_sinks: [{ name: "x", typed_config: { api_key: `${SECRET}-a`, url: `https://u:${SECRET}-b@example.org/` } }],
  static_resources: {
    clusters: [
      {
        name: "c",
        token: `${SECRET}-c`,
        request_headers_to_add: [{ header: { key: "Authorization", value: `Bearer ${SECRET}-d-abcdefgh` } }],
      },
    ],
    secrets: [{ name: "s", tls_certificate: { private_key: { inline_string: `${SECRET}-e` } } }],
  },
});
const CONFIG = JSON.stringify({
  tracing: { lightstep: { address: "a:1", accessToken: `${SECRET}-f` } },
  proxyMetadata: { DB_PASSWORD: `${SECRET}-g`, PROXY_URL: `http://u:${SECRET}-h@proxy:3128` },
});

const POD = `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Secret
  metadata: {name: s, namespace: n}
  stringData: {password: ${SECRET}-i}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: boot, namespace: n}
  data:
    custom_bootstrap.json: '${OVERRIDE}'
    plain: "${KEY}"
- apiVersion: v1
  kind: Pod
  metadata:
    name: p
    namespace: n
    annotations: {example.org/api-token: ${SECRET}-j}
    labels: {app: a}
  spec:
    containers:
    - name: istio-proxy
      args: [proxy, sidecar, --unknownPassword=${SECRET}-k]
      env:
      - {name: POD_NAME, value: p}
      - {name: CA_ROOT_CA, value: SYSTEM}
      - {name: XDS_ROOT_CA, value: SYSTEM}
      - {name: CA_HEADER_X_SIGN, value: ${SECRET}-l}
      - {name: XDS_HEADER_ANY, value: ${SECRET}-m}
      - {name: ISTIO_META_API_KEY, value: ${SECRET}-n}
      - {name: ISTIO_META_URL, value: "postgres://u:${SECRET}-o@db/x"}
      - {name: ISTIO_META_CERT, value: "${KEY}"}
      - {name: ISTIO_METAJSON_AUTH, value: '{"a": {"client_secret": "${SECRET}-p"}}'}
      - {name: PROXY_CONFIG, value: '${CONFIG}'}
      - {name: FROM_SECRET, valueFrom: {secretKeyRef: {name: s, key: password}}}
      - {name: FROM_MAP, valueFrom: {configMapKeyRef: {name: boot, key: plain}}}
      - {name: ISTIO_BOOTSTRAP_OVERRIDE, value: /etc/boot/custom_bootstrap.json}
      volumeMounts: [{name: boot, mountPath: /etc/boot}]
    volumes: [{name: boot, configMap: {name: boot}}]
`;
const OTHER = POD.replaceAll(SECRET, `${SECRET}-other`);
const FILES = { "pod.yaml": POD, "other.yaml": OTHER };

/** The places of secrets in an output, for the message of a failure. */
function leaks(text: string): readonly string[] {
  return [...text.matchAll(new RegExp(`.{0,60}${SECRET}.{0,20}`, "g"))].map(([found]) => found);
}

test.each([
  [["explain", "--from-file=pod.yaml"]],
  [["explain", "--from-file=pod.yaml", "--all"]],
  [["explain", "--from-file=pod.yaml", "--all", "-o", "json"]],
  [["explain", "--from-file=pod.yaml", "**"]],
  [["explain", "--from-file=pod.yaml", "node.metadata", "static_resources", "agent", "envoy", "argv", "proxyConfig", "-o", "json"]],
  [["diff", "pod.yaml", "other.yaml"]],
  [["diff", "pod.yaml", "other.yaml", "-o", "json"]],
  [["diff", "pod.yaml"]],
  [["diff", "--profile=istio-1.6", "--profile=istio-1.31", "pod.yaml"]],
  [["render", "--from-file=pod.yaml", "--mask-secrets"]],
  [["render", "--from-file=pod.yaml", "--mask-secrets", "-o", "yaml"]],
  [["render", "--from-file=pod.yaml", "--mask-secrets", "--format", "launch"]],
  [["render", "--from-file=pod.yaml", "--mask-secrets", "--format", "launch", "-o", "yaml"]],
  [["render", "--from-file=pod.yaml", "--mask-secrets", "--section", "static_resources", "-o", "yaml"]],
  [["render", "--from-file=pod.yaml", "--mask-secrets", "--format", "argv", "-o", "json"]],
])("no secret is in what is printed: %j", async (argv) => {
  const { text, errors, exit } = await answerOf(argv, {}, FILES);
  expect([exit < 2, text.length > 100, leaks(text), leaks(errors)]).toEqual([true, true, [], []]);
});

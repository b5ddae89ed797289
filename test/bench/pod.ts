import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A pod as deployed by an injector: what the agent finds when it starts. */
export interface Pod {
  readonly directory: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export type ProfileName = "istio-1.30" | "istio-1.6";

// A throw-away root certificate; agents that connect to a control plane parse it.
const ROOT_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBqjCCAVGgAwIBAgIUQmy0KpdWuLWNNwdITlASDRcnRB4wCgYIKoZIzj0EAwIw
KjEUMBIGA1UECgwLY29uZm9ybWFuY2UxEjAQBgNVBAMMCXRlc3Qgcm9vdDAgFw0y
NjExMjMxNDI4NTdaGA8yMTI2MTAzMDE0Mjg1N1owKjEUMBIGA1UECgwLY29uZm9y
bWFuY2UxEjAQBgNVBAMMCXRlc3Qgcm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABGiI/Sb2igoLt41+SjKGppMliSLfPzH8dKKCxoxKbIXhE82SokMx+PBpQ9P+
yzc0EkZCYufaPCJ2fMAZO5xXCWijUzBRMB0GA1UdDgQWBBQzmEs8lq40/i3VT9D/
SyrcutDLpTAfBgNVHSMEGDAWgBQzmEs8lq40/i3VT9D/SyrcutDLpTAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIFTWVWe6g5UJNh0Ai5VW48C7d18i
NIX8toLnIqw531AAAiByEJL0LC1Xvvjb91McbWdTLpI8Af1gkQn5LnPFIy5ABw==
-----END CERTIFICATE-----
`;

const FILES: Readonly<Record<string, string>> = {
  "var/run/secrets/tokens/istio-token": "header.payload.signature",
  "var/run/secrets/istio/root-cert.pem": ROOT_CERTIFICATE,
  "etc/istio/pod/labels": [
    'app="productpage"',
    'pod-template-hash="6944fb884d"',
    'security.istio.io/tlsMode="istio"',
    'service.istio.io/canonical-name="productpage"',
    'service.istio.io/canonical-revision="v1"',
    'version="v1"',
  ].join("\n"),
  "etc/istio/pod/annotations": [
    'kubectl.kubernetes.io/default-container="productpage"',
    'kubernetes.io/config.seen="2026-11-23T14:28:57.104925000Z"',
    'kubernetes.io/config.source="api"',
    'prometheus.io/path="/stats/prometheus"',
    'prometheus.io/port="15020"',
    'prometheus.io/scrape="true"',
    'sidecar.istio.io/status="{\\"initContainers\\":[\\"istio-init\\"],\\"containers\\":[\\"istio-proxy\\"],\\"volumes\\":[\\"istio-envoy\\",\\"istio-data\\",\\"istio-podinfo\\",\\"istio-token\\",\\"istiod-ca-cert\\"]}"',
  ].join("\n"),
};

const ARGS = [
  "proxy",
  "sidecar",
  "--domain",
  "default.svc.cluster.local",
  "--proxyLogLevel=warning",
  "--proxyComponentLogLevel=misc:error",
  "--log_output_level=default:info",
];

const OLD_ARGS = [...ARGS, "--serviceCluster", "productpage.default", "--concurrency", "2", "--trust-domain=cluster.local"];

const ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOSTNAME: "productpage-v1-6944fb884d-4pgx8",
  HOME: "/home/istio-proxy",
  JWT_POLICY: "third-party-jwt",
  PILOT_CERT_PROVIDER: "istiod",
  CA_ADDR: "istiod.istio-system.svc:15012",
  POD_NAME: "productpage-v1-6944fb884d-4pgx8",
  POD_NAMESPACE: "default",
  INSTANCE_IP: "10.244.1.7",
  SERVICE_ACCOUNT: "bookinfo-productpage",
  HOST_IP: "172.18.0.3",
  CANONICAL_SERVICE: "productpage",
  CANONICAL_REVISION: "v1",
  TRUST_DOMAIN: "cluster.local",
  ISTIO_CPU_LIMIT: "2",
  ISTIO_META_POD_PORTS: '[\n    {"containerPort":9080,"protocol":"TCP"}\n]',
  ISTIO_META_APP_CONTAINERS: "productpage",
  ISTIO_META_CLUSTER_ID: "Kubernetes",
  ISTIO_META_NODE_NAME: "kind-worker",
  ISTIO_META_INTERCEPTION_MODE: "REDIRECT",
  ISTIO_META_WORKLOAD_NAME: "productpage-v1",
  ISTIO_META_OWNER: "kubernetes://apis/apps/v1/namespaces/default/deployments/productpage-v1",
  ISTIO_META_MESH_ID: "cluster.local",
  ISTIO_META_UNPRIVILEGED_POD: "true",
  ISTIO_METAJSON_ANNOTATIONS: '{"prometheus.io/path":"/metrics","prometheus.io/port":"9080","prometheus.io/scrape":"true"}\n',
  KUBERNETES_SERVICE_HOST: "10.96.0.1",
  KUBERNETES_SERVICE_PORT: "443",
  KUBERNETES_PORT_443_TCP: "tcp://10.96.0.1:443",
  PRODUCTPAGE_SERVICE_HOST: "10.96.41.7",
  PRODUCTPAGE_SERVICE_PORT: "9080",
  // No metadata service is searched.
  CLOUD_PLATFORM: "none",
};

/** Creates a pod in a new directory whose agent starts `envoy`. */
export function createPod(directory: string, profile: ProfileName, syntax: "JSON" | "YAML", envoy: string): Pod {
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return {
    directory,
    args: profile === "istio-1.30" ? ARGS : OLD_ARGS,
    environment: { ...ENVIRONMENT, ATTACHE_PROFILE: profile, PROXY_CONFIG: proxyConfig(syntax, envoy) },
  };
}

function proxyConfig(syntax: "JSON" | "YAML", envoy: string): string {
  const tracing = { zipkin: { address: "zipkin.istio-system:9411" }, sampling: 10 };
  const metadata = { ISTIO_META_DNS_CAPTURE: "true", ISTIO_META_NETWORK: "network1" };
  return syntax === "JSON"
    ? JSON.stringify({ binaryPath: envoy, tracing, proxyMetadata: metadata, statusPort: 15020 })
    : [
        `binaryPath: ${envoy}`,
        "tracing:",
        "  zipkin:",
        `    address: ${tracing.zipkin.address}`,
        `  sampling: ${tracing.sampling}`,
        "proxyMetadata:",
        ...Object.entries(metadata).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`),
        "statusPort: 15020",
        "",
      ].join("\n");
}

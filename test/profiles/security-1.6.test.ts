import { describe, expect, test } from "bun:test";
import { filled, named, type Rooted, started } from "./started.ts";

const TOKEN = "var/run/secrets/tokens/istio-token";
const FIRST_PARTY = "/var/run/secrets/kubernetes.io/serviceaccount/token";
const ROOT = "var/run/secrets/istio/root-cert.pem";
const PLAIN = { PROXY_CONFIG: '{"discoveryAddress": "istiod:15010"}' };
const OTHER_PORT = { PROXY_CONFIG: '{"discoveryAddress": "istiod:15011"}' };
const MUTUAL = { PROXY_CONFIG: '{"discoveryAddress": "istiod:15011", "controlPlaneAuthPolicy": "MUTUAL_TLS"}' };
const MISSING_JWT = "Missing JWT, can't authenticate with control plane";
const MISSING_ROOT = "missing a root certificate";

/** Starts the proxy of a row; absolute paths are relative to the root of its machine. */
function start(env: Rooted[1], paths: Rooted[2], args: readonly string[] = ["sidecar"]): ReturnType<typeof started> {
  const isAbsolute = (path: string) => path.startsWith("/");
  const files = filled(paths.filter((path) => !isAbsolute(path)));
  return started("istio-1.6", { env, files, rootFiles: filled(paths.filter(isAbsolute)) }, args);
}

describe("how the agent of 1.6 authenticates (contract 1.6 §13.1, §13.2)", () => {
  test.each(
    named([
      ["a token and a root", {}, [TOKEN, ROOT]],
      ["neither", {}, [], `${MISSING_JWT}: "./${TOKEN}" does not exist (JWT_POLICY third-party-jwt)`, 1],
      ["a token alone", {}, [TOKEN], `${MISSING_ROOT}: "${ROOT}" is not a readable file`, 1],
      ["a root alone", {}, [ROOT], MISSING_JWT, 1],
      ["neither, in plain text", PLAIN, []],
      ["neither, on another port", OTHER_PORT, []],
      ["a token alone, on another port", OTHER_PORT, [TOKEN]],
      ["a token alone, over TLS on another port", MUTUAL, [TOKEN], MISSING_ROOT, 1],
      ["neither, over TLS on another port", MUTUAL, [ROOT]],
      ["a token alone, with a CA in plain text", { CA_ADDR: "ca:15010" }, [TOKEN]],
      ["the token of the other policy", { JWT_POLICY: "first-party-jwt" }, [TOKEN, ROOT], `"${FIRST_PARTY}" does not exist`, 1],
      ["the other policy's token", { JWT_POLICY: "first-party-jwt" }, [FIRST_PARTY, ROOT]],
      ["an unknown policy", { JWT_POLICY: "none" }, [TOKEN, ROOT], 'JWT_POLICY "none" has no token', 1],
      ["certificates of before", {}, ["etc/certs/key.pem", "etc/certs/root-cert.pem"]],
      ["certificates of before without their root", {}, ["etc/certs/key.pem"], `"${ROOT}" is not a readable file`, 1],
      ["certificates of before with istiod's root", {}, ["etc/certs/key.pem", ROOT]],
      ["provided certificates", { PROV_CERT: "prov" }, ["prov/key.pem", "prov/root-cert.pem"]],
      ["provided certificates before a token", { PROV_CERT: "prov" }, [TOKEN, "prov/key.pem", "prov/root-cert.pem"]],
      ["provided certificates that are not there", { PROV_CERT: "prov" }, [TOKEN, ROOT], 'nor does "prov/key.pem"', 1],
      ["a custom provider", { PILOT_CERT_PROVIDER: "custom" }, [TOKEN, "etc/certs/root-cert.pem"]],
      ["a custom provider without its root", { PILOT_CERT_PROVIDER: "custom" }, [TOKEN, ROOT], MISSING_ROOT, 1],
      ["Kubernetes", { PILOT_CERT_PROVIDER: "kubernetes" }, [TOKEN, "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"]],
      ["Kubernetes without its root", { PILOT_CERT_PROVIDER: "kubernetes" }, [TOKEN, ROOT], "serviceaccount/ca.crt", 1],
      ["an unknown provider", { PILOT_CERT_PROVIDER: "other" }, [TOKEN, ROOT], 'unknown cert provider "other"', 1],
      ["an unknown provider that is not needed", { ...PLAIN, PILOT_CERT_PROVIDER: "other" }, [TOKEN]],
    ]),
  )("%s", async (_, [, env, files, refusal = "", status = 0]) => {
    const { launch, errors, exit } = await start(env, files);
    expect(errors).toInclude(refusal);
    expect([launch === undefined, exit]).toEqual([refusal !== "", status]);
  });

  test.each<[string, Rooted[1], readonly string[], readonly string[]]>([
    ["a token", {}, [TOKEN, ROOT], []],
    ["certificates of before", {}, ["etc/certs/key.pem", ROOT], ["Using existing certificate ./etc/certs"]],
    ["no token", PLAIN, [], [`Missing JWT token, can't use in process SDS: "./${TOKEN}" does not exist (JWT_POLICY third-party-jwt)`]],
  ])("the report about %s", async (_, env, files, lines) => {
    const notices = (await start(env, files)).launch?.notices.map(({ text }) => text) ?? [];
    expect(notices.filter((text) => text.includes("JWT") || text.includes("existing"))).toEqual([...lines]);
  });

  test.each<[string, Rooted[1], string | undefined]>([
    ["the port of TLS", {}, "MUTUAL_TLS"],
    ["TLS on another port", MUTUAL, "MUTUAL_TLS"],
    ["another port", OTHER_PORT, undefined],
  ])("%s determines the policy", async (_, env, policy) => {
    const { launch } = await start(env, [TOKEN, ROOT]);
    expect(JSON.parse(launch?.bootstrap ?? "null").node.metadata.PROXY_CONFIG.controlPlaneAuthPolicy).toBe(policy);
  });
});

describe("the secrets of a gateway of 1.6 (contract 1.6 §13.3)", () => {
  const SECRETS = "/var/run/ingress_gateway";
  const CLUSTER = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" };

  test.each<[string, string, Rooted[1], readonly string[], boolean]>([
    ["no directory", "router", {}, [], true],
    ["in a pod", "router", CLUSTER, [SECRETS, FIRST_PARTY], true],
    ["outside a pod", "router", {}, [SECRETS, FIRST_PARTY], false],
    ["without the cluster's port", "router", { KUBERNETES_SERVICE_HOST: "10.0.0.1" }, [SECRETS, FIRST_PARTY], false],
    ["without the cluster's host", "router", { KUBERNETES_SERVICE_PORT: "443" }, [SECRETS, FIRST_PARTY], false],
    ["without the token of the service account", "router", CLUSTER, [SECRETS], false],
    ["of a sidecar, which has none", "sidecar", {}, [SECRETS], true],
  ])("%s", async (_, role, env, files, isStarted) => {
    const { launch, exit, errors } = await start(env, [TOKEN, ROOT, ...files], [role]);
    expect([launch !== undefined, exit]).toEqual([isStarted, isStarted ? 0 : 1]);
    expect(errors).toInclude(isStarted ? "" : "so Kubernetes secrets are expected");
  });
});

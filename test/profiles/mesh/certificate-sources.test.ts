import { describe, expect, test } from "bun:test";
import type { SdsPlan } from "../../../src/mesh/mesh-plan.ts";
import type { Case } from "../../conformance/cases.ts";
import { PLACES } from "../../conformance/fake-host.ts";
import { type Env, filled, ISTIOD_ROOT, proxyConfig, rendered, sdsOf } from "./start-mesh.ts";

const CREDENTIALS = "var/run/secrets/workload-spiffe-credentials";
const inDirectory = (directory: string) => filled(...["cert-chain.pem", "key.pem", "root-cert.pem"].map((name) => `${directory}/${name}`));

describe("where certificates come from", () => {
  const ofDirectory = (directory: string) => ({
    chain: `${directory}/cert-chain.pem`,
    key: `${directory}/key.pem`,
    root: `${directory}/root-cert.pem`,
  });
  const CLIENT_ROOT = { ...proxyConfig({ proxyMetadata: { ISTIO_META_TLS_CLIENT_ROOT_CERT: ISTIOD_ROOT } }) };

  test.each<[string, Env, Partial<Case>, object]>([
    [
      "files that are named",
      { FILE_MOUNTED_CERTS: "true", ...CLIENT_ROOT },
      {},
      { files: ofDirectory("./etc/certs"), warmUp: false, onlySource: "FILE_MOUNTED_CERTS is true" },
    ],
    [
      "files of the workload",
      CLIENT_ROOT,
      inDirectory(CREDENTIALS),
      { files: ofDirectory(`./${CREDENTIALS}`), warmUp: false, onlySource: `the platform has mounted "./${CREDENTIALS}"` },
    ],
    [
      "files of a GKE",
      { CA_PROVIDER: "GkeWorkloadCertificate", ...CLIENT_ROOT },
      filled(...["certificates.pem", "private_key.pem", "ca_certificates.pem"].map((name) => `${CREDENTIALS}/${name}`)),
      {
        files: {
          chain: `./${CREDENTIALS}/certificates.pem`,
          key: `./${CREDENTIALS}/private_key.pem`,
          root: `./${CREDENTIALS}/ca_certificates.pem`,
        },
        warmUp: false,
        onlySource: "CA_PROVIDER is GkeWorkloadCertificate",
      },
    ],
    [
      "another process",
      {},
      { sockets: ["var/run/secrets/workload-spiffe-uds/socket"] },
      { socket: "./var/run/secrets/credential-uds/files-socket", filesOnly: true, warmUp: false },
    ],
  ])("%s, and no authority", async (_, env, machine, expected) => {
    const sds = await sdsOf(env, machine);
    expect(sds).toMatchObject(expected);
    expect(sds.ca).toBeUndefined();
  });

  test("without Envoy there is no socket, and certificates are kept up to date", async () => {
    const { sds } = await rendered({ DISABLE_ENVOY: "true", FILE_MOUNTED_CERTS: "true", ...CLIENT_ROOT });
    expect([sds?.socket, sds?.warmUp]).toEqual([undefined, true]);
  });

  test("PILOT_ENABLE_CA_CRL and FILE_DEBOUNCE_DURATION", async () => {
    const sds = await sdsOf({ PILOT_ENABLE_CA_CRL: "false", FILE_DEBOUNCE_DURATION: "2s" });
    expect([sds.crl, sds.debounce]).toEqual([undefined, 2_000]);
  });

  const CWD = PLACES["{{CWD}}"];
  test.each<[string, Env, SdsPlan["output"], boolean]>([
    ["nowhere", {}, undefined, true],
    ["a directory", { OUTPUT_CERTS: "/out" }, { directory: "/out", mode: 0o600 }, true],
    ["a directory in Kubernetes", { OUTPUT_CERTS: "/out", KUBERNETES_SERVICE_HOST: "1" }, { directory: "/out", mode: 0o644 }, true],
    ["a directory, not in Kubernetes", { OUTPUT_CERTS: "/out", KUBERNETES_SERVICE_HOST: "" }, { directory: "/out", mode: 0o600 }, true],
    ["that of the files", { OUTPUT_CERTS: "etc/certs" }, { directory: "etc/certs", mode: 0o600 }, false],
    ["that of the files, otherwise written", { OUTPUT_CERTS: "./etc//certs/" }, { directory: "./etc//certs/", mode: 0o600 }, false],
    ["that of the files, from the root", { OUTPUT_CERTS: `${CWD}/etc/certs` }, { directory: `${CWD}/etc/certs`, mode: 0o600 }, false],
    ["its namesake elsewhere", { OUTPUT_CERTS: "/etc/certs" }, { directory: "/etc/certs", mode: 0o600 }, true],
  ])("written to %s", async (_, env, output, areRead) => {
    const sds = await sdsOf(env);
    expect([sds.output, sds.files !== undefined]).toEqual([output, areRead]);
  });

  test.each<[string, object, SdsPlan["keyProvider"]]>([
    ["none", {}, undefined],
    ["cryptomb", { cryptomb: { pollDelay: "0.01s" } }, { name: "cryptomb", pollDelayNanos: 10_000_000, fallback: false }],
    ["qat", { qat: { pollDelay: "1.5s", fallback: true } }, { name: "qat", pollDelayNanos: 500_000_000, fallback: true }],
  ])("the key provider %s", async (name, privateKeyProvider, expected) => {
    expect((await sdsOf(name === "none" ? {} : proxyConfig({ privateKeyProvider }))).keyProvider).toEqual(expected);
  });
});

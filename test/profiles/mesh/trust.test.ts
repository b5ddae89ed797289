import { describe, expect, test } from "bun:test";
import type { CaPlan, XdsPlan } from "../../../src/mesh/mesh-plan.ts";
import type { Case } from "../../conformance/cases.ts";
import { type Env, filled, ISTIOD_ROOT, meshOf, proxyConfig } from "./start-mesh.ts";

describe("root and client certificates", () => {
  const file = (path: string) => ({ kind: "file", path });
  const SYSTEM = { kind: "system" };
  const PROVISIONED = { chain: "prov/cert-chain.pem", key: "prov/key.pem", origin: "PROV_CERT" };
  const CLIENT = {
    ISTIO_META_TLS_CLIENT_ROOT_CERT: "c/root.pem",
    ISTIO_META_TLS_CLIENT_CERT_CHAIN: "c/chain.pem",
    ISTIO_META_TLS_CLIENT_KEY: "c/key.pem",
  };
  type Trust = readonly [roots: object, client?: object];

  test.each<[string, Env, Partial<Case>, Trust | undefined, Trust]>([
    ["CA_ROOT_CA", { CA_ROOT_CA: "ca.pem" }, filled("ca.pem"), [file("ca.pem")], [file(`./${ISTIOD_ROOT}`)]],
    ["CA_ROOT_CA, the system's", { CA_ROOT_CA: "SYSTEM" }, {}, [SYSTEM], [file(`./${ISTIOD_ROOT}`)]],
    [
      "the system's in other places",
      { CA_ROOT_CA: "SYSTEM", XDS_ROOT_CA: "SYSTEM", SSL_CERT_FILE: "/own.pem", SSL_CERT_DIR: "/a:/b" },
      {},
      [{ ...SYSTEM, files: ["/own.pem"], directories: ["/a", "/b"] }],
      [{ ...SYSTEM, files: ["/own.pem"], directories: ["/a", "/b"] }],
    ],
    ["XDS_ROOT_CA", { XDS_ROOT_CA: "xds.pem" }, filled("xds.pem"), [file(`./${ISTIOD_ROOT}`)], [file("xds.pem")]],
    ["XDS_ROOT_CA, the system's", { XDS_ROOT_CA: "SYSTEM" }, {}, [file(`./${ISTIOD_ROOT}`)], [SYSTEM]],
    ["a mounted one", {}, filled("etc/certs/root-cert.pem"), [file(`./${ISTIOD_ROOT}`)], [file("./etc/certs/root-cert.pem")]],
    [
      "a custom provider",
      { PILOT_CERT_PROVIDER: "custom" },
      filled("etc/certs/root-cert.pem"),
      [file("./etc/certs/root-cert.pem")],
      [file("./etc/certs/root-cert.pem")],
    ],
    [
      "PROV_CERT",
      { PROV_CERT: "prov" },
      filled("prov/root-cert.pem"),
      [file("prov/root-cert.pem"), PROVISIONED],
      [file("prov/root-cert.pem"), PROVISIONED],
    ],
    [
      "PROV_CERT and named roots",
      { PROV_CERT: "prov", CA_ROOT_CA: "SYSTEM", XDS_ROOT_CA: "SYSTEM" },
      {},
      [SYSTEM, PROVISIONED],
      [SYSTEM, PROVISIONED],
    ],
    [
      "mounted certificates",
      { FILE_MOUNTED_CERTS: "true", ...proxyConfig({ proxyMetadata: CLIENT }) },
      filled("c/root.pem"),
      undefined,
      [file("c/root.pem"), { chain: "c/chain.pem", key: "c/key.pem", origin: "proxyMetadata ISTIO_META_TLS_CLIENT_CERT_CHAIN" }],
    ],
    [
      "certificates that are not mounted",
      proxyConfig({ proxyMetadata: CLIENT }),
      filled("c/root.pem"),
      [file(`./${ISTIOD_ROOT}`)],
      [file(`./${ISTIOD_ROOT}`)],
    ],
    [
      "mounted certificates without a key",
      { FILE_MOUNTED_CERTS: "true", ...proxyConfig({ proxyMetadata: { ...CLIENT, ISTIO_META_TLS_CLIENT_KEY: "" } }) },
      filled("c/root.pem"),
      undefined,
      [file("c/root.pem")],
    ],
  ])("%s", async (_, env, machine, ca, xds) => {
    const mesh = await meshOf(env, machine);
    const shown = (plan: CaPlan | XdsPlan | undefined) => {
      const tls = plan?.endpoint.tls;
      return tls && (tls.client === undefined ? [tls.roots] : [tls.roots, tls.client]);
    };
    expect<unknown>([shown(mesh.sds?.ca), shown(mesh.xds)]).toEqual([ca, xds]);
  });
});

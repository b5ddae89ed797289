import { describe, expect, test } from "bun:test";
import { type Env, proxyConfig, startWith } from "./start-mesh.ts";

describe("the bootstrap of gRPC applications (contract 1.30 §13f)", () => {
  const fileOf = async (env: Env, words?: readonly string[]) => {
    const { launch } = await startWith(env, {}, words);
    return launch?.services.grpcBootstrap;
  };

  test("is written by default", async () => {
    const file = await fileOf({ ISTIO_META_OWN: "raw", INSTANCE_IP: "10.0.0.1", CLOUD_PLATFORM: "none" });
    const document = JSON.parse(file?.text ?? "");
    const { node } = document;
    expect([file?.path, file?.mode]).toEqual(["etc/istio/proxy/grpc-bootstrap.json", 0o644]);
    expect(Object.keys(document)).toEqual(["xds_servers", "node", "server_listener_resource_name_template"]);
    expect(document.xds_servers).toEqual([
      { server_uri: "unix:///etc/istio/proxy/XDS", channel_creds: [{ type: "insecure" }], server_features: ["xds_v3"] },
    ]);
    expect(Object.keys(node)).toEqual(["id", "metadata", "locality", "UserAgentVersionType"]);
    expect(node).toMatchObject({ id: "sidecar~10.0.0.1~p.ns~ns.svc.cluster.local", locality: {}, UserAgentVersionType: null });
    expect(node.metadata).toMatchObject({ GENERATOR: "grpc", NAMESPACE: "ns", PILOT_SAN: ["istiod.istio-system.svc"] });
    expect(Object.keys(node.metadata)).toEqual(Object.keys(node.metadata).sort());
    // Only keys that upstream has a field for.
    expect(node.metadata.OWN).toBeUndefined();
  });

  test("has the files of OUTPUT_CERTS", async () => {
    const document = JSON.parse((await fileOf({ OUTPUT_CERTS: "/out" }))?.text ?? "");
    expect(document.certificate_providers.default).toEqual({
      plugin_name: "file_watcher",
      config: {
        certificate_file: "/out/cert-chain.pem",
        private_key_file: "/out/key.pem",
        ca_certificate_file: "/out/root-cert.pem",
        refresh_interval: "900s",
      },
    });
  });

  test("has four slashes before an absolute path", async () => {
    const document = JSON.parse((await fileOf(proxyConfig({ configPath: "/run/own" })))?.text ?? "");
    expect(document.xds_servers[0].server_uri).toBe("unix:////run/own/XDS");
  });

  test.each<[string, Env, readonly string[]]>([
    ["without a path", { GRPC_XDS_BOOTSTRAP: "" }, ["sidecar"]],
    ["with --xds direct", {}, ["sidecar", "--xds", "direct"]],
  ])("is not written %s", async (_, env, words) => {
    expect(await fileOf(env, words)).toBeUndefined();
  });
});

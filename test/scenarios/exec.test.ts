import { describe, expect, test } from "bun:test";
import { CERTIFICATE_TEXT } from "../support/certificate-text.ts";
import { SUBJECTS } from "../support/subject.ts";
import { envoyIs, eventually, newPlace, textsOf, writeResources } from "./support.ts";

describe.each([...SUBJECTS])("--exec of $name", (subject) => {
  test("leaves nothing but Envoy, with the agent's process id", async () => {
    using place = newPlace();
    writeResources(place);
    const running = place.start(subject, ["proxy", "--exec", "--xds", "file:."], { env: envoyIs("dies-of-term") });
    await running.said("ready\n");
    await eventually(async () => (await Bun.file(`/proc/${running.pid}/comm`).text()).trim() === "sleep", "the script has become sleep");
    expect((await Bun.file(`/proc/${running.pid}/task/${running.pid}/children`).text()).trim()).toBe("");
    expect(place.has("etc/istio/proxy/envoy-rev.json")).toBe(true);
    expect(textsOf("warn", running.stderr()).filter((text) => text.startsWith("Replacing attache with Envoy"))).toHaveLength(1);
    running.signal("SIGTERM");
    expect((await running.ended).status).toBeNull();
  });

  test("has Envoy's own exit status", async () => {
    using place = newPlace();
    writeResources(place);
    const env = { ...envoyIs("exits"), EXIT_CODE: "7", ATTACHE_EXEC: "true", ATTACHE_XDS: "file:." };
    expect((await place.run(subject, ["proxy"], { env })).status).toBe(7);
  });

  test("is refused if the agent must keep running, with a remedy, and nothing is written", async () => {
    using place = newPlace();
    const { status, stderr } = await place.run(subject, ["proxy", "--exec"], { env: envoyIs("exits") });
    expect(status).toBe(255);
    expect(textsOf("error", stderr)).toEqual([expect.stringContaining("use --xds file:DIR")]);
    expect(place.has("etc/istio/proxy/envoy-rev.json")).toBe(false);
  });

  const PLAIN = { controlPlaneAuthPolicy: "NONE", discoveryAddress: "istiod:15010" };
  test.each<[string, object, Readonly<Record<string, string>>]>([
    ["in plain text", PLAIN, {}],
    ["with certificate files", {}, { PROV_CERT: "prov" }],
  ])("goes with --xds direct %s", async (_, config, env) => {
    using place = newPlace();
    place.write("prov/root-cert.pem", CERTIFICATE_TEXT);
    const options = { env: { ...envoyIs("exits", config), ...env, EXIT_CODE: "7" } };
    const { status, stderr } = await place.run(subject, ["proxy", "--exec", "--xds", "direct"], options);
    expect(status).toBe(7);
    expect(textsOf("warn", stderr)).toContainEqual(
      "Nothing serves certificates to Envoy (--xds direct with --exec): it waits for ever, and is not ready, if the control plane configures mutual TLS",
    );
    expect(place.has("etc/istio/proxy/envoy-rev.json")).toBe(true);
    // Nobody would serve a socket.
    expect(place.has("var/run/secrets/workload-spiffe-uds")).toBe(false);
  });

  test("is refused with --xds direct by certificates of the agent, with a remedy, and nothing is written", async () => {
    using place = newPlace();
    const { status, stderr } = await place.run(subject, ["proxy", "--exec", "--xds", "direct"], { env: envoyIs("exits") });
    expect(status).toBe(255);
    expect(textsOf("error", stderr)).toEqual([
      expect.stringMatching(
        /Cannot use --exec.*certificates of its connection to the control plane.*use certificate files for it \(PROV_CERT\), or plain text/s,
      ),
    ]);
    expect(place.tree().filter((entry) => /envoy-rev|socket/.test(entry))).toEqual([]);
  });

  test("leaves no files if Envoy is missing", async () => {
    using place = newPlace();
    writeResources(place);
    const env = { PROXY_CONFIG: '{"binaryPath":"./none"}' };
    const { status, stderr } = await place.run(subject, ["proxy", "--exec", "--xds=file:."], { env });
    expect(status).toBe(127);
    expect(textsOf("error", stderr)).toEqual([expect.stringContaining('Cannot start Envoy "./none"')]);
    expect(place.has("etc/istio/proxy/envoy-rev.json")).toBe(false);
  });
});

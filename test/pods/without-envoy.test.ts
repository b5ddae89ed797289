import { expect, test } from "bun:test";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { openMesh } from "./mesh.ts";
import { MAIN_MODES } from "./mode.ts";

const ALONE = { DISABLE_ENVOY: "true", OUTPUT_CERTS: "data" };
const ROTATIONS = 2;

test.each(MAIN_MODES)(
  "--xds $name: certificates of an application without an Envoy are written, and replaced in time (DISABLE_ENVOY)",
  async (mode) => {
    await using mesh = await openMesh({ mode, lifetime: 2 });
    const pod = await mesh.pod("client", { environment: ALONE, volumes: [ALONE.OUTPUT_CERTS] });
    const read = (name: string) => readFileSync(join(pod.directory, "data", name), "utf8");
    // A pair is two files: while it is replaced, they do not belong together for a moment.
    const pair = () =>
      eventually(() => {
        const chain = read("cert-chain.pem");
        const leaf = new X509Certificate(chain);
        return leaf.checkPrivateKey(createPrivateKey(read("key.pem"))) ? leaf : undefined;
      });
    await pod.ready();
    const seen = new Set<string>();
    await eventually(async () => (seen.add((await pair()).serialNumber).size > ROTATIONS ? true : undefined));
    expect((await pair()).subjectAltName).toBe("URI:spiffe://cluster.local/ns/default/sa/client");
    expect(read("root-cert.pem")).toContain(mesh.authority.root.trim());
    pod.agent.kill("SIGTERM");
    expect(await pod.agent.exited).toBe(0);
  },
);

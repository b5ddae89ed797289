import { expect, test } from "bun:test";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openMesh } from "./mesh.ts";
import { MODES } from "./mode.ts";
import { BY_GATEWAY, BY_SIDECAR } from "./network.ts";
import { SERVICE_PORT } from "./resources.ts";

const TOKEN = "var/run/secrets/tokens/istio-token";
/** Part of every token. */
const SECRET = "274185963";
const textOf = async (host: string) => (await fetch(`http://${host}:${SERVICE_PORT}/`)).text();

test.each(MODES)(
  "--xds $name: sidecars and a gateway get certificates and become ready, and their requests arrive over mTLS",
  async (mode) => {
    await using mesh = await openMesh({ mode });
    const pods = await Promise.all(
      ["server", "client", "ingress"].map(async (name) => {
        const pod = await mesh.pod(name, { token: `${name}.${SECRET}` });
        await pod.ready();
        return pod;
      }),
    );
    const [server] = pods;
    expect(await textOf(BY_SIDECAR)).toBe("hello from the workload\n");
    expect(await textOf(BY_GATEWAY)).toBe("hello from the workload\n");
    const uris = [...mesh.callers].map((each) => /URI=([^;]+)/.exec(each)?.[1]);
    expect(uris).toEqual(["spiffe://cluster.local/ns/default/sa/client", "spiffe://cluster.local/ns/default/sa/ingress"]);
    expect(mesh.plane.rejections).toEqual([]);
    // Without a certificate of the mesh no request arrives.
    await expect(textOf(server?.network.address ?? "")).rejects.toThrow();
    // Keys stay in memory, and tokens where they were.
    for (const { directory } of pods) expect(filesWith(directory, "PRIVATE KEY", SECRET)).toEqual([TOKEN]);
  },
);

/** Returns the files below a directory that have one of these texts, the log among them. */
function filesWith(directory: string, ...texts: readonly string[]): readonly string[] {
  const files = readdirSync(directory, { recursive: true }).map(String);
  return files.filter((name) => {
    const path = join(directory, name);
    if (!lstatSync(path).isFile()) return false;
    const content = readFileSync(path, "latin1");
    return texts.some((text) => content.includes(text));
  });
}

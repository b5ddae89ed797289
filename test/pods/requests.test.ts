import { expect, test } from "bun:test";
import { openMesh } from "./mesh.ts";
import { MODES } from "./mode.ts";
import { BY_GATEWAY, BY_SIDECAR } from "./network.ts";
import { SERVICE_PORT } from "./resources.ts";

const textOf = async (host: string) => (await fetch(`http://${host}:${SERVICE_PORT}/`)).text();

test.each(MODES)(
  "--xds $name: sidecars and a gateway get certificates and become ready, and their requests arrive over mTLS",
  async (mode) => {
    await using mesh = await openMesh({ mode });
    const [server] = await Promise.all(
      ["server", "client", "ingress"].map(async (name) => {
        const pod = await mesh.pod(name);
        await pod.ready();
        return pod;
      }),
    );
    expect(await textOf(BY_SIDECAR)).toBe("hello from the workload\n");
    expect(await textOf(BY_GATEWAY)).toBe("hello from the workload\n");
    const uris = [...mesh.callers].map((each) => /URI=([^;]+)/.exec(each)?.[1]);
    expect(uris).toEqual(["spiffe://cluster.local/ns/default/sa/client", "spiffe://cluster.local/ns/default/sa/ingress"]);
    expect(mesh.plane.rejections).toEqual([]);
    // Without a certificate of the mesh no request arrives.
    await expect(textOf(server?.network.address ?? "")).rejects.toThrow();
  },
);

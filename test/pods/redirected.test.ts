import { expect, test } from "bun:test";
import { fromPod, redirect, startWorkload } from "./in-pod.ts";
import { openMesh } from "./mesh.ts";
import { MAIN_MODES } from "./mode.ts";
import { recordedSidecar, SERVICE_ADDRESS, SERVICE_PORT } from "./resources.ts";

test.each(MAIN_MODES)("--xds $name: a plain request travels through both sidecars, in pods that attache redirects", async (mode) => {
  await using stack = new AsyncDisposableStack();
  const mesh = stack.use(
    await openMesh({
      mode,
      resources: recordedSidecar,
      async prepare(network, name) {
        await redirect(network);
        if (name === "server") stack.use(await startWorkload(network, SERVICE_PORT));
      },
    }),
  );
  const [server, client] = await Promise.all(
    ["server", "client"].map(async (name) => {
      const pod = await mesh.pod(name, { isUnprivileged: true });
      await pod.ready();
      return pod;
    }),
  );
  if (server === undefined || client === undefined) throw new Error("two pods");
  // Nobody has this address: the client's sidecar captures the connection, and the server's sidecar the one that follows.
  expect(await fromPod(client.network, `http://${SERVICE_ADDRESS}:${SERVICE_PORT}/`)).toContain(
    "URI=spiffe://cluster.local/ns/default/sa/client",
  );
  expect(mesh.plane.rejections).toEqual([]);
  // What does not come from the mesh is captured too, and refused.
  await expect(fetch(`http://${server.network.address}:${SERVICE_PORT}/`)).rejects.toThrow();
});

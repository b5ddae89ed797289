import { expect, test } from "bun:test";
import { openMesh } from "./mesh.ts";
import { MAIN_MODES } from "./mode.ts";
import { HOST, ISTIOD } from "./network.ts";

/** Hosts of the control plane, by the name of the pod that uses it. */
const HOSTS = { absolute: `${ISTIOD}.`, literal: HOST };

test.each(MAIN_MODES)("--xds $name: the control plane by an absolute name, and by an address", async (mode) => {
  await using mesh = await openMesh({ mode });
  const started = Object.entries(HOSTS).map(async ([name, host]) => {
    const pod = await mesh.pod(name, { discovery: `${host}:15012`, ca: `${host}:15013` });
    await pod.ready();
  });
  await Promise.all(started);
  expect(mesh.plane.streams.open).toBe(started.length);
});

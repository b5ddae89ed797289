import { expect, test } from "bun:test";
import { untilTrue } from "../../support/eventually.ts";
import { startLoad } from "../../support/load.ts";
import { NO_FAILURES } from "../../support/load-report.ts";
import { openMesh } from "../mesh.ts";
import { MODES } from "../mode.ts";
import { BY_SIDECAR } from "../network.ts";
import { SERVICE_PORT } from "../resources.ts";

/** Seconds; a certificate is replaced after half of it. */
const LIFETIME = 24;
const SECOND = 1_000;

test.each(MODES)(
  "--xds $name: a certificate authority that is down when certificates are due, and a control plane that is down meanwhile",
  async (mode) => {
    await using mesh = await openMesh({ mode, lifetime: LIFETIME });
    const pods = await Promise.all(
      ["server", "client"].map(async (name) => {
        const pod = await mesh.pod(name);
        await pod.ready();
        return pod;
      }),
    );
    const end = performance.now() + LIFETIME * SECOND;
    const load = startLoad({ urls: [`http://${BY_SIDECAR}:${SERVICE_PORT}`], keepAlive: 4, fresh: 2 });
    mesh.ca.stop();
    mesh.plane.stop();
    await untilTrue(() => pods.every((pod) => pod.log().includes("Cannot get a certificate")), LIFETIME * SECOND);
    for (const pod of pods) expect(await pod.isReady()).toBe(true);
    const { issued } = mesh.ca.certificates;
    await mesh.ca.start();
    await mesh.plane.start();
    await untilTrue(() => mesh.ca.certificates.issued >= issued + pods.length, end - performance.now());
    await untilTrue(() => mesh.plane.streams.open >= pods.length, 40 * SECOND);
    // The certificates of before are of no use any more.
    await untilTrue(() => performance.now() > end, LIFETIME * SECOND);
    const { ok } = load.progress();
    await untilTrue(() => load.progress().ok > ok + 100);
    expect((await load.stop()).failures).toEqual(NO_FAILURES);
  },
  300_000,
);

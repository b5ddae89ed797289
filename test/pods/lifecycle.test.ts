import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { untilTrue } from "../support/eventually.ts";
import { openMesh } from "./mesh.ts";
import { EVERY_PERIOD, LIFETIME, MAIN_MODES } from "./mode.ts";
import { BY_SIDECAR } from "./network.ts";
import { SERVICE_PORT } from "./resources.ts";

test.each(MAIN_MODES)("--xds $name: an agent that was killed leaves nothing that its successor stumbles over", async (mode) => {
  await using mesh = await openMesh({ mode });
  const pod = await mesh.pod("client");
  await pod.ready();
  pod.agent.kill("SIGKILL");
  await pod.agent.exited;
  await untilTrue(() => mesh.plane.streams.open === 0);
  // Its Envoy, which the kernel kills with it, has the ports until it is gone.
  const isGone = () =>
    pod.admin("/ready").then(
      () => false,
      () => true,
    );
  await untilTrue(isGone);
  pod.startAgain();
  await pod.ready();
  expect(mesh.plane.streams.open).toBe(1);
  expect(mesh.ca.certificates.issued).toBe(2);
});

test.each(MAIN_MODES)("--xds $name: certificates are replaced and the control plane is connected until the drain is over", async (mode) => {
  await using mesh = await openMesh({ mode, lifetime: LIFETIME });
  const drain = { proxyConfig: { terminationDrainDuration: "600s" }, environment: EVERY_PERIOD };
  const [server, client] = await Promise.all([mesh.pod("server", drain), mesh.pod("client")]);
  await Promise.all([server, client].map((pod) => pod.ready()));
  const url = `http://${BY_SIDECAR}:${SERVICE_PORT}/`;
  expect((await fetch(url)).status).toBe(200);
  const certificates = () => mesh.ca.calls.filter(({ metadata }) => metadata["authorization"] === "Bearer server").length;
  const before = certificates();
  server.agent.kill("SIGINT");
  await untilTrue(() => certificates() > before);
  expect(mesh.plane.streams.open).toBe(2);
  expect((await fetch(url)).status).toBe(200);
  server.agent.kill("SIGINT");
  expect(await server.agent.exited).toBe(0);
  // The next agent in this directory finds nothing that has to be removed.
  for (const socket of ["etc/istio/proxy/XDS", "var/run/secrets/workload-spiffe-uds/socket"])
    expect(existsSync(join(server.directory, socket))).toBe(false);
  await untilTrue(() => mesh.plane.streams.open === 1);
});

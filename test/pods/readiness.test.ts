import { expect, test } from "bun:test";
import { status } from "@grpc/grpc-js";
import { createAuthority } from "../mesh/lab/authority.ts";
import type { Pod } from "../mesh/lab/pod.ts";
import { eventually, untilTrue } from "../support/eventually.ts";
import { openMesh } from "./mesh.ts";
import { AGENT, IS_LONG, MAIN_MODES } from "./mode.ts";

// Why a proxy is not ready, in the log; and that it becomes ready when the cause is gone.

/** Probes a pod until the log says why it is not ready, and returns that line. */
function reason(pod: Pod, part: string): Promise<string> {
  const wanted = (line: string) => line.includes("Envoy proxy is NOT ready") && line.includes(part);
  const probe = async () => {
    expect(await pod.isReady()).toBe(false);
    return pod.log().split("\n").find(wanted);
  };
  return eventually(probe).catch((error) => {
    throw new Error(pod.log(), { cause: error });
  });
}

/** Requests of Envoy for a certificate that fail before the authority is back: about ten seconds of them with `npm run test:mesh`. */
const REFUSALS = IS_LONG ? 10 : 1;

const ROOTS = "var/run/secrets/istio/root-cert.pem";

/** A token that has expired, for the certificate authority to deny. */
const EXPIRED = `e30.${Buffer.from(JSON.stringify({ exp: 1_700_000_000 })).toString("base64url")}.c2ln`;

test.each(MAIN_MODES)("--xds $name: a certificate authority that is down at the start, and comes back", async (mode) => {
  await using mesh = await openMesh({ mode, isCaDown: true });
  const [server, client] = await Promise.all(["server", "client"].map((name) => mesh.pod(name)));
  if (server === undefined || client === undefined) throw new Error("two pods");
  for (const pod of [server, client])
    expect(await reason(pod, "no certificate: CA")).toContain('CA "istiod.istio-system.svc:15013": UNAVAILABLE: ');
  const isRefused = (pod: Pod) => (pod.log().match(/StreamSecrets gRPC config stream/g)?.length ?? 0) >= REFUSALS;
  await untilTrue(() => [server, client].every(isRefused));
  expect(await server.isReady()).toBe(false);
  await mesh.ca.start();
  // Envoy asks again up to half a minute later.
  await Promise.all([server, client].map((pod) => pod.ready(45_000)));
  for (const pod of [server, client]) expect(pod.log().match(/Cannot get a certificate/g)).toHaveLength(1);
});

test.each(MAIN_MODES)("--xds $name: a token that is refused, or has expired, until the file has another one", async (mode) => {
  await using mesh = await openMesh({ mode });
  const [refused, expired] = await Promise.all([mesh.pod("client", { token: "" }), mesh.pod("late", { token: EXPIRED })]);
  expect(await reason(expired, "no certificate")).toContain(
    'UNAUTHENTICATED: authentication failure (token "./var/run/secrets/tokens/istio-token" expired at 2023-11-14T22:13:20Z)',
  );
  expect(await reason(refused, "no certificate")).toContain(
    'UNAUTHENTICATED: authentication failure (without token: "./var/run/secrets/tokens/istio-token" is empty)',
  );
  refused.setToken("client");
  expired.setToken("late");
  await Promise.all([refused, expired].map((pod) => pod.ready()));
});

test.each(MAIN_MODES)("--xds $name: a certificate authority that denies the request", async (mode) => {
  await using mesh = await openMesh({ mode });
  mesh.ca.failCertificates(status.PERMISSION_DENIED, "not in this mesh");
  const pod = await mesh.pod("client");
  expect(await reason(pod, "no certificate")).toContain("PERMISSION_DENIED: not in this mesh");
  mesh.ca.failCertificates(status.OK, "", 0);
  await pod.ready();
});

test("root certificates that do not know the authority, until the file has others", async () => {
  await using mesh = await openMesh({ mode: AGENT });
  const { root } = await createAuthority("another");
  const pod = await mesh.pod("client", { files: { [ROOTS]: root } });
  const line = await reason(pod, "no certificate");
  for (const server of ['control plane "istiod.istio-system.svc:15012"', 'CA "istiod.istio-system.svc:15013"'])
    expect(line).toMatch(
      new RegExp(
        `${server}: UNAVAILABLE: [^;]* \\(verified with the root certificates of "./${ROOTS}", none of which has signed the certificate: set \\S+_ROOT_CA\\)`,
      ),
    );
  pod.setRoots(mesh.authority.root);
  await pod.ready(45_000);
});

test("a control plane that cannot be reached, and comes back", async () => {
  await using mesh = await openMesh({ mode: AGENT });
  mesh.plane.stop();
  const pod = await mesh.pod("client");
  expect(await reason(pod, "control plane")).toContain('control plane "istiod.istio-system.svc:15012": UNAVAILABLE: ');
  const failures = async () => {
    const page = await (await fetch(`http://${pod.network.address}:15020/metrics`)).text();
    return Number(/^istio_agent_istiod_connection_failures (\d+)$/m.exec(page)?.[1] ?? 0);
  };
  await untilTrue(async () => !(await pod.isReady()) && (await failures()) > 2);
  // Neither tries nor probes repeat a line. What is in front of the control plane resets a connection, which is seen as that or as a refusal,
  // depending on when it comes.
  const linesWith = (text: string): readonly string[] => pod.log().match(new RegExp(`${text}.*`, "g")) ?? [];
  const tries = linesWith("Cannot connect to the control plane");
  expect(tries).toEqual([...new Set(tries)]);
  expect(tries.map((line) => /connection (refused|reset by peer)"$/.test(line))).not.toContain(false);
  expect(tries.length).toBeGreaterThan(0);
  expect(linesWith("Envoy proxy is NOT ready").length).toBeLessThanOrEqual(4);
  await mesh.plane.start();
  await pod.ready(45_000);
});

test.each(MAIN_MODES)("--xds $name: an access log that Envoy may not open", async (mode) => {
  await using mesh = await openMesh({ mode });
  const [closed, open] = await Promise.all([
    mesh.pod("client", { isUnprivileged: true, logMode: 0o600 }),
    mesh.pod("other", { isUnprivileged: true, logMode: 0o666 }),
  ]);
  expect(await reason(closed, "LDS rejected")).toContain(
    'Envoy cannot open "/dev/stdout" (for example for an access log): permission denied; let user 1337 write to the file behind it',
  );
  await open.ready();
});

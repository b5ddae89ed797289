import { expect, test } from "bun:test";
import { run } from "../../src/commands/run.ts";
import { fakeHost } from "../conformance/fake-host.ts";
import { CERTIFICATE_TEXT } from "../support/certificate-text.ts";

/** Starts an agent in a mesh. Returns what its host is asked to do, in order. */
async function stepsOf(env: Readonly<Record<string, string>>, problem?: string): Promise<readonly string[]> {
  const steps: string[] = [];
  const files = { "var/run/secrets/istio/root-cert.pem": CERTIFICATE_TEXT };
  const { host } = fakeHost({ name: "", profile: "istio-1.30", args: [], expect: { launched: true, exit: 0 }, env, files });
  const envoys = host.openEnvoys();
  const recording: typeof host = {
    ...host,
    writeFiles: ({ files: written }) => void steps.push(`writes ${written.length} files`),
    openMeshSockets(paths) {
      steps.push(`listens on ${Object.keys(paths).join(" and ")}`);
      return { sockets: {}, ...(problem !== undefined && { failure: { problem, status: 255 } }) };
    },
    beginKey: (...asked) => {
      steps.push("makes a key");
      return host.beginKey(...asked);
    },
    openEnvoys: () => ({
      ...envoys,
      start(epoch) {
        steps.push("starts Envoy");
        return envoys.start(epoch);
      },
    }),
  };
  await run(["proxy", "sidecar", "--profile", "istio-1.30"], "attache", recording);
  return steps;
}

test("the sockets listen before Envoy, which connects to them, is started (contract 1.30 §9.1)", async () => {
  expect(await stepsOf({})).toEqual(["writes 1 files", "listens on sds and xds", "starts Envoy", "makes a key"]);
});

test("without a socket for xDS, Envoy is not started", async () => {
  expect(await stepsOf({}, "Cannot listen")).toEqual(["writes 1 files", "listens on sds and xds"]);
});

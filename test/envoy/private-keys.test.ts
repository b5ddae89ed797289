import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { servableSet } from "../conformance/mesh/transcripts.ts";
import { createAuthority } from "../mesh/lab/authority.ts";
import { startControlPlane } from "../mesh/lab/control-plane.ts";
import { type Pod, startPod } from "../mesh/lab/pod.ts";
import { untilTrue } from "../support/eventually.ts";
import { BINARY } from "../support/subject.ts";
import { ENVOY } from "./support.ts";

const SERVER = "spiffe://cluster.local/ns/default/sa/server";
const ITSELF = /Cannot make a private key in a separate process: (.*); the agent makes its keys itself from now on/g;

/** Returns the texts of all files below a directory. */
function textsBelow(directory: string): string {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

/** Starts an agent with a real Envoy, waits until its certificate has been replaced twice, and returns it. */
async function use(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  check: (pod: Pod) => void | Promise<void>,
): Promise<void> {
  const authority = await createAuthority();
  const resources = servableSet("sidecar");
  await using plane = await startControlPlane({ authority, tls: "server", identity: SERVER, token: "token", resources });
  await using pod = await startPod({
    command,
    authority,
    discovery: `localhost:${plane.port}`,
    proxyConfig: { binaryPath: ENVOY },
    environment: { SECRET_TTL: "4s", SECRET_GRACE_PERIOD_RATIO: "0.7", ...environment },
  });
  await pod.ready();
  await untilTrue(() => pod.log().split("Received the certificate of").length > 3, 20_000);
  await check(pod);
}

describe("the private keys of an agent in a mesh", () => {
  test.each<[string, Record<string, string>]>([
    ["RSA", {}],
    ["an elliptic curve", { ECC_SIGNATURE_ALGORITHM: "ECDSA" }],
  ])("%s: each is made in a process that ends with it, and is nowhere to be read", async (_, environment) => {
    await use(BINARY.command, environment, async (pod) => {
      expect([...pod.log().matchAll(ITSELF)]).toEqual([]);
      expect(textsBelow(pod.directory)).toContain("Received the certificate of");
      expect(textsBelow(pod.directory)).not.toContain("PRIVATE KEY");
      // One that is made at this moment ends, too.
      const children = () => readFileSync(`/proc/${pod.agent.pid}/task/${pod.agent.pid}/children`, "utf8").trim().split(" ");
      await untilTrue(() => children().length === 1, 30_000);
    });
  });

  test("are made by the agent itself where its executable cannot be started again", async () => {
    // The executable of a process is the loader then, which does not know what to do.
    const head = readFileSync(BINARY.command[0] ?? "").toString("latin1", 0, 4_096);
    const loader = /\/[\w./-]+\/ld-[\w.-]+/.exec(head)?.[0] ?? "";
    await use([loader, ...BINARY.command], {}, (pod) => {
      expect([...pod.log().matchAll(ITSELF)].map(([, why]) => why)).toEqual([expect.stringMatching(/^it exited with status [1-9]\d*$/)]);
      expect(textsBelow(pod.directory)).not.toContain("PRIVATE KEY");
    });
  });
});

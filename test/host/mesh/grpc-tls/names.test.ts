import { expect, test } from "bun:test";
import { join } from "node:path";
import { withHosts } from "../../../support/isolated.ts";

const CALLS = join(import.meta.dir, "../../fixtures/prints-calls-by-name.ts");

test("root certificates that cannot be parsed are left out, and those before are kept, however the server is named", async () => {
  const hosts = ["127.0.0.1", "localhost", "localhost.", "server.example", "Server.Example."];
  const command = withHosts("127.0.0.1 localhost server.example", "::1 localhost");
  const child = Bun.spawn([...command, process.execPath, CALLS, ...hosts], { stderr: "pipe" });
  const [text, problem, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect([problem, status]).toEqual(["", 0]);
  const kept = 'Cannot use the root certificates now, using those read before: "/mnt/roots.pem" contains no certificate that can be parsed';
  expect(JSON.parse(text)).toEqual(hosts.map((host) => [host, [0, 0], [kept]]));
});

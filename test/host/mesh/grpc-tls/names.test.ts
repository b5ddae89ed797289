import { expect, test } from "bun:test";
import { join } from "node:path";
import { isolated } from "../../../support/isolated.ts";

const CALLS = join(import.meta.dir, "../../fixtures/prints-calls-by-name.ts");
const NETWORK = [
  "ip link set lo up",
  "mount -t tmpfs none /mnt",
  "printf '127.0.0.1 localhost server.example\\n::1 localhost\\n' >/mnt/hosts",
  "mount --bind /mnt/hosts /etc/hosts",
  'exec "$@"',
].join(" && ");

test("root certificates that cannot be parsed are left out, and those before are kept, however the server is named", async () => {
  const hosts = ["127.0.0.1", "localhost", "localhost.", "server.example", "Server.Example."];
  const command = isolated(["--net", "--mount"], NETWORK);
  const child = Bun.spawn([...command, process.execPath, CALLS, ...hosts], { stderr: "pipe" });
  const [text, problem, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect([problem, status]).toEqual(["", 0]);
  const kept = 'Cannot use the root certificates now, using those read before: "/mnt/roots.pem" contains no certificate that can be parsed';
  expect(JSON.parse(text)).toEqual(hosts.map((host) => [host, [0, 0], [kept]]));
});

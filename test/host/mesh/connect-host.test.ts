import { expect, test } from "bun:test";
import { join } from "node:path";

const CONNECTS = join(import.meta.dir, "../fixtures/prints-connections.ts");

/** A network with a device whose neighbor 9 takes packets and drops them, and a file of host names that can be written. */
const NETWORK = [
  "ip link set lo up",
  "ip link add here type veth peer name there",
  "ip link set here up",
  "ip link set there up",
  "ip addr add 10.9.0.1/24 dev here",
  "ip neigh add 10.9.0.9 lladdr 02:00:00:00:00:09 dev here nud permanent",
  "mount -t tmpfs none /mnt",
  "touch /mnt/hosts /mnt/resolv.conf",
  "mount --bind /mnt/hosts /etc/hosts",
  "mount --bind /mnt/resolv.conf /etc/resolv.conf",
  'exec "$@"',
].join(" && ");

test("a connection to a name goes to the first of its present addresses that accepts", async () => {
  const expected = [
    ["127.0.0.1 istiod.example", "istiod.example", "127.0.0.1"],
    ["127.0.0.3 istiod.example", "istiod.example", "127.0.0.3"],
    ["# 127.0.0.1 istiod.example.,127.0.0.4 other ISTIOD.example", "istiod.example.", "127.0.0.4"],
    ["10.9.0.9 istiod.example,127.0.0.5 istiod.example", "istiod.example", "127.0.0.5"],
    ["fd00::7 istiod.example,127.0.0.6 istiod.example", "istiod.example", "127.0.0.6"],
    ["", "localhost", "127.0.0.1"],
    ["", "LOCALHOST.", "127.0.0.1"],
    ["", "127.0.0.7", "127.0.0.7"],
    ["127.0.0.1 closed.example,127.0.0.2 closed.example", "closed.example", "ECONNREFUSED"],
    ["127.0.0.1 other.example", "istiod.example", "DNS_EAI_AGAIN"],
    ["", "a..b", "DNS_ENOTFOUND"],
  ] as const;
  const isolated = ["unshare", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"]), "--net", "--mount", "sh", "-c", NETWORK, "sh"];
  const child = Bun.spawn([...isolated, process.execPath, CONNECTS, JSON.stringify(expected)], {
    stderr: "pipe",
  });
  const [text, problem] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect(problem).toBe("");
  expect(JSON.parse(text)).toEqual(expected.map(([, , outcome]) => outcome));
});

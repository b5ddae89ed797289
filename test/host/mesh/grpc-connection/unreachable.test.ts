import { expect, test } from "bun:test";
import { join } from "node:path";
import { isolated } from "../../../support/isolated.ts";

const DIALS = join(import.meta.dir, "../../fixtures/prints-dial-ends.ts");

/** A network of one device, on which nobody answers. Its neighbor 9 takes packets and drops them; other neighbors are looked for for 1.2 s. */
const NETWORK = [
  "ip link set lo up",
  "ip link add here type veth peer name there",
  "ip link set here up",
  "ip link set there up",
  "ip addr add 10.9.0.1/24 dev here",
  "sysctl -qw net.ipv4.neigh.here.retrans_time_ms=400",
  "ip neigh add 10.9.0.9 lladdr 02:00:00:00:00:09 dev here nud permanent",
  "ip route add unreachable 10.1.0.0/16",
  "ip route add prohibit 10.2.0.0/16",
  "mount -t tmpfs none /mnt",
  "echo nameserver 10.9.0.9 >/mnt/resolv.conf",
  "mount --bind /mnt/resolv.conf /etc/resolv.conf",
  'exec "$@"',
].join(" && ");

const NO_ANSWER = "a firewall or NetworkPolicy may drop the packets";

test("a server that cannot be reached: the reason of the kernel, and what did not answer", async () => {
  const expected = [
    ["127.0.0.1", 30_000, "connect: connection refused"],
    ["localhost", 30_000, "connect: connection refused"],
    ["10.8.0.7", 30_000, "connect: network is unreachable"],
    ["fd00::7", 30_000, "connect: network is unreachable"],
    ["10.1.0.7", 30_000, "connect: no route to host"],
    ["10.2.0.7", 30_000, "connect: permission denied"],
    ["10.9.0.7", 30_000, "connect: no route to host"],
    ["10.9.0.9", 100, `connect: no answer within 0.1 s; ${NO_ANSWER}`],
    ["istiod.example", 100, `lookup istiod.example: no answer within 0.1 s; ${NO_ANSWER}`],
  ] as const;
  const command = isolated(["--net", "--mount"], NETWORK);
  const addresses = expected.map(([host, limit]) => `${host} 15012 ${limit}`);
  const child = Bun.spawn([...command, process.execPath, DIALS, ...addresses], { stderr: "pipe" });
  const [text, problem] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect(problem).toBe("");
  const reasons = expected.map(([host, , reason]) => {
    const address = host.includes(":") ? `[${host}]` : host;
    return [host, `connection error: desc = "transport: Error while dialing: dial tcp ${address}:15012: ${reason}"`];
  });
  expect(JSON.parse(text)).toEqual(Object.fromEntries(reasons));
});

import { expect, test } from "bun:test";
import { join } from "node:path";

/**
 * The second device gets the lower number; the runtime lists devices with an IPv4 address first. One device is up without
 * a carrier, and its other end is down; one address has a label.
 */
const NETWORK = [
  "ip link set lo up",
  "ip link add later type veth peer name sooner",
  "ip link add waits type veth peer name down",
  "ip link set waits addrgenmode none up",
  "ip addr add 10.9.1.1/24 dev waits",
  "ip addr add 10.9.2.1/24 dev down",
  "ip link set later addrgenmode none up",
  "ip link set sooner addrgenmode none up",
  "ip addr add fd00::1/64 dev sooner nodad",
  "ip addr add fd00:1::1/64 dev later nodad",
  "ip addr add 10.9.0.1/24 dev later",
  "ip addr add 10.9.3.1/24 dev later label later:1",
  'exec "$@"',
].join(" && ");

test("addresses of all devices that are up are in the kernel's order: by interface number, IPv4 first (contract 1.6 §4.1)", async () => {
  const isolated = ["unshare", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"]), "--net", "sh", "-c", NETWORK, "sh"];
  const child = Bun.spawn([...isolated, process.execPath, join(import.meta.dir, "../fixtures/prints-interfaces.ts")], { stderr: "pipe" });
  const [text, problem] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect(problem).toBe("");
  expect(JSON.parse(text)).toEqual([
    { name: "lo", address: "127.0.0.1", loopback: true },
    { name: "lo", address: "::1", loopback: true },
    { name: "sooner", address: "fd00::1", loopback: false },
    { name: "later", address: "10.9.0.1", loopback: false },
    { name: "later", address: "10.9.3.1", loopback: false },
    { name: "later", address: "fd00:1::1", loopback: false },
    { name: "waits", address: "10.9.1.1", loopback: false },
  ]);
});

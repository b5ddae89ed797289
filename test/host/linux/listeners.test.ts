import { expect, test } from "bun:test";
import { join } from "node:path";
import { formatIp } from "../../../src/go/ip.ts";
import { listenersInFiles, netlinkListeners } from "../../../src/host/linux/listeners.ts";
import type { ListeningSocket } from "../../../src/linux/socket-tables.ts";

/** More than the kernel tells in one message. */
const MANY = 300;

test("the kernel names the same listening sockets over netlink as in its files", async () => {
  const sockets = ["127.0.0.1", "0.0.0.0", "::1", "::"].flatMap((hostname) =>
    Array.from({ length: MANY }, () => Bun.listen({ hostname, port: 0, socket: { data() {} } })),
  );
  const [first] = sockets;
  // A connection is not listening, although it has the same port.
  const connection = await Bun.connect({ hostname: "127.0.0.1", port: first?.port ?? 0, socket: { data() {} } });
  try {
    const own = new Set(sockets.map(({ port }) => port));
    const tell = (found: readonly ListeningSocket[] = []) =>
      found
        .filter(({ port }) => own.has(port))
        .map(({ address, port, inode }) => `${formatIp(address)} ${port} ${inode}`)
        .sort();
    const asked = tell(netlinkListeners());
    expect(asked).toEqual(tell(listenersInFiles()));
    expect(new Set(asked).size).toBe(4 * MANY);
  } finally {
    connection.terminate();
    for (const socket of sockets) socket.stop(true);
  }
});

test("where the kernel refuses netlink, the files are read", async () => {
  const module = join(import.meta.dir, "../../../src/host/linux/listeners.ts");
  const program = `
    const { netlinkListeners, listeners } = await import(${JSON.stringify(module)});
    const { port } = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    console.log(netlinkListeners(), listeners().some((each) => each.port === port));
    process.exit(0);`;
  const command = ["python3", join(import.meta.dir, "../fixtures/without-netlink.py"), process.execPath, "-e", program];
  const child = Bun.spawn(command, { stdio: ["ignore", "pipe", "inherit"] });
  expect(await child.stdout.text()).toBe("undefined true\n");
}, 180_000);

import { expect, test } from "bun:test";
import { formatIp } from "../../../src/go/ip.ts";
import { askedListeners, listenersInFiles } from "../../../src/host/linux/listeners.ts";
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
    const asked = tell(askedListeners());
    expect(asked).toEqual(tell(listenersInFiles()));
    expect(new Set(asked).size).toBe(4 * MANY);
  } finally {
    connection.terminate();
    for (const socket of sockets) socket.stop(true);
  }
});

import { expect, test } from "bun:test";
import { libc } from "../../../src/host/linux/libc.ts";
import { limitReceiveBuffer } from "../../../src/host/linux/limit-receive-buffer.ts";

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;

/** Returns the size of the buffer of a socket. */
function bufferOf(socket: object): number {
  const { fd = -1 }: { readonly fd?: number } = socket;
  const value = new Int32Array(1);
  expect(libc().getsockopt(fd, SOL_SOCKET, SO_RCVBUF, value, Int32Array.of(value.byteLength))).toBe(0);
  return value[0] ?? 0;
}

test("limits what is received before it is read; a socket that is closed is left alone", async () => {
  using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const socket = await Bun.connect({ hostname: "127.0.0.1", port: listener.port, socket: { data() {} } });
  limitReceiveBuffer(socket, 50_000);
  expect(bufferOf(socket)).toBe(100_000);
  socket.terminate();
  limitReceiveBuffer(socket, 60_000);
});

// The minimum that an agent in a mesh does, without HTTP/2, gRPC or any rule: it holds a connection over TLS and one on a Unix socket, and
// passes bytes from one to the other, and answers back. argv: the port, the path of the socket, and `key` to make an RSA key as well.
const [port = "0", path = "", what] = process.argv.slice(2);
/** What the Unix socket had no room for. */
const rest: Uint8Array[] = [];

if (what === "key") {
  const { generateKeyPair } = await import("node:crypto");
  await new Promise((resolve) => generateKeyPair("rsa", { modulusLength: 2_048 }, resolve));
}
const unix = await Bun.connect({
  unix: path,
  socket: {
    data(_, bytes) {
      tls.write(bytes);
    },
    drain() {
      for (let next = rest.shift(); next !== undefined; next = rest.shift()) if (!pass(next)) return;
      tls.resume();
    },
  },
});
const tls = await Bun.connect({
  hostname: "127.0.0.1",
  port: Number(port),
  tls: { rejectUnauthorized: false },
  socket: {
    binaryType: "uint8array",
    data(socket, bytes) {
      if (rest.length > 0) rest.push(bytes);
      else if (!pass(bytes)) socket.pause();
    },
  },
});

/** Returns whether all bytes were taken; the rest comes first the next time. */
function pass(bytes: Uint8Array): boolean {
  const taken = Math.max(0, unix.write(bytes));
  if (taken < bytes.length) rest.unshift(bytes.subarray(taken));
  // As attache does: a collection would take longer.
  else if (bytes.buffer instanceof ArrayBuffer) bytes.buffer.transfer(0);
  return taken >= bytes.length;
}

setTimeout(() => {
  Bun.shrink();
  Bun.gc(true);
}, 1_500);

export {};

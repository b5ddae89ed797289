// What `floor-program.ts` does, with the least that HTTP/2 adds to it: the content of DATA frames is joined until a message is complete (its
// type comes last), and sent in new frames; windows are opened again. There is no other rule. argv: the port, the path of the socket.
import { FRAME_HEAD, FRAME_SIZE, MESSAGE_HEAD, SIZE } from "./pushes.ts";

const [port = "0", path = ""] = process.argv.slice(2);
/** As many frames as fit into what a socket takes at once. */
const AREA = 11 * (FRAME_HEAD + FRAME_SIZE);
/** Bytes after which the windows of the stream and the connection are opened again, and the two frames that do so. */
const WINDOW = 524_288;
const WINDOW_UPDATES = new Uint8Array(2 * (FRAME_HEAD + 4));

/** The message that is being received, and how much of it. */
const message = new Uint8Array(MESSAGE_HEAD + SIZE);
let received = 0;
/** The head that is being received, and how much of it. */
const head = new Uint8Array(FRAME_HEAD);
let known = 0;
/** Bytes of a frame that have not come. */
let missing = 0;
let consumed = 0;
const area = new Uint8Array(AREA);
/** What the Unix socket had no room for. */
const rest: Uint8Array[] = [];

const unix = await Bun.connect({
  unix: path,
  socket: {
    data(_, bytes) {
      tls.write(bytes);
    },
    drain() {
      for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
        const taken = Math.max(0, unix.write(next));
        if (taken === next.length) continue;
        rest.unshift(next.subarray(taken));
        return;
      }
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
      join(bytes);
      consumed += bytes.length;
      if (bytes.buffer instanceof ArrayBuffer) bytes.buffer.transfer(0);
      if (consumed >= WINDOW) {
        consumed = 0;
        socket.write(WINDOW_UPDATES);
      }
      if (received < message.length) return;
      received = 0;
      send();
    },
  },
});

/** Adds the content of frames to the message. It is joined where it was received, which is faster than to copy each part by itself. */
function join(bytes: Uint8Array): void {
  const end = bytes.length;
  let joined = 0;
  for (let at = 0; at < end; ) {
    if (missing === 0) {
      while (known < FRAME_HEAD && at < end) head[known++] = bytes[at++] ?? 0;
      if (known < FRAME_HEAD) break;
      known = 0;
      missing = ((head[0] ?? 0) << 16) | ((head[1] ?? 0) << 8) | (head[2] ?? 0);
    }
    const next = Math.min(end, at + missing);
    if (at > joined) bytes.copyWithin(joined, at, next);
    joined += next - at;
    missing -= next - at;
    at = next;
  }
  message.set(bytes.subarray(0, joined), received);
  received += joined;
}

function send(): void {
  let at = 0;
  for (let from = 0; from < message.length; from += FRAME_SIZE) {
    const size = Math.min(FRAME_SIZE, message.length - from);
    area[at + 1] = size >> 8;
    area[at + 2] = size & 255;
    area[at + 8] = 1;
    area.set(message.subarray(from, from + size), at + FRAME_HEAD);
    at += FRAME_HEAD + size;
    if (at < AREA && from + size < message.length) continue;
    write(area.subarray(0, at));
    at = 0;
  }
}

/** Writes bytes that are used again. */
function write(bytes: Uint8Array): void {
  const taken = rest.length > 0 ? 0 : Math.max(0, unix.write(bytes));
  if (taken < bytes.length) rest.push(bytes.slice(taken));
}

setTimeout(() => {
  Bun.shrink();
  Bun.gc(true);
}, 1_500);

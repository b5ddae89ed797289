import { libc } from "../linux/libc.ts";

/** Bytes read at a time: handling them takes about half a millisecond of the event loop. */
const PIECE = 262_144;
const MSG_DONTWAIT = 0x40;

/** A socket of the runtime; its types omit the descriptor, which is -1 when closed. */
interface WithDescriptor {
  readonly fd?: number;
}

/**
 * Reads some of the received bytes of an unencrypted connection directly. The runtime would read up to ten times half a megabyte before it
 * serves another connection, even from a paused one (RATIONALE). Returns undefined when there is nothing to read; the end and errors are
 * left to the runtime, which notices them once the connection is resumed.
 */
export function receiveNow(socket: object): Buffer | undefined {
  const { fd = -1 }: WithDescriptor = socket;
  const receive = fd < 0 ? undefined : receiver();
  if (receive === undefined) return undefined;
  const room = new ArrayBuffer(PIECE);
  const count = receive(fd, new Uint8Array(room), PIECE, MSG_DONTWAIT);
  if (count <= 0) {
    room.transfer(0);
    return undefined;
  }
  // A piece with its own memory can be freed when it has been sent.
  return Buffer.from(count === PIECE ? room : room.transfer(count));
}

type Receive = ReturnType<typeof libc>["recv"];

/** The system call; undefined when the C library is not available. */
function receiver(): Receive | undefined {
  try {
    return libc().recv;
  } catch {
    return undefined;
  }
}

import { libc } from "../linux/libc.ts";

/** Bytes that are taken at a time: a turn of the loop with them takes about half a millisecond. */
const PIECE = 262_144;
const MSG_DONTWAIT = 0x40;

/** A connection as the runtime has it; its types leave out the descriptor, which is -1 when it is closed. */
interface WithDescriptor {
  readonly fd?: number;
}

/**
 * Takes some of what the system has received for a connection that is not encrypted, past the runtime, which reads up to ten times
 * half a megabyte before it looks at another connection, also of one that is paused (RATIONALE). Undefined where there is nothing
 * now; an end and an error are left to the runtime, which sees them once the connection is no longer paused.
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
  // A piece that has its memory for itself can be freed when it is sent.
  return Buffer.from(count === PIECE ? room : room.transfer(count));
}

type Receive = ReturnType<typeof libc>["recv"];

/** The system's function; undefined where the runtime may not call it. */
function receiver(): Receive | undefined {
  try {
    return libc().recv;
  } catch {
    return undefined;
  }
}

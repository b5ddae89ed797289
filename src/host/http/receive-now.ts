import { libc } from "../linux/libc.ts";
import { receivePiece } from "./pieces.ts";

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
  return receivePiece((area) => receive(fd, area, area.length, MSG_DONTWAIT));
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

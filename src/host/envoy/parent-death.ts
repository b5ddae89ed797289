import { signalNumber } from "../../linux/signals.ts";
import { addressOf, lastError, libc } from "../linux/libc.ts";

const F_SETFL = 4;
const F_SETOWN = 8;
const F_SETSIG = 10;
const O_NONBLOCK = 0o4000;
const O_ASYNC = 0o20000;
const O_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;

/** The armed signal, and how to disarm it. */
export interface ParentDeathSignal {
  /** The name of the error: Envoy would outlive an agent that is killed. Meaningless for a process that has already exited. */
  readonly problem?: string;
  /** Call it only after the process has exited, as it sends the signal. */
  readonly release: () => void;
}

/**
 * Makes the kernel send SIGKILL to Envoy when this process ends, for whatever reason. Called after Envoy has started, so that the start
 * does not wait for it. It uses a pipe whose read end signals Envoy when its last writer, this process, closes it. The read end must
 * outlive this process, so it is sent in a message over a socket that Envoy inherited and never reads; it stays there until Envoy exits.
 *
 * @param socket our end of the socket pair whose other end Envoy holds; it is closed
 */
export function setParentDeathSignal(pid: number, socket: number): ParentDeathSignal {
  const { close, fcntl, pipe2 } = libc();
  const ends = new Int32Array(2);
  if (pipe2(ends, O_CLOEXEC) !== 0) {
    const problem = lastError();
    close(socket);
    return { problem, release: () => {} };
  }
  const [reader = -1, writer = -1] = ends;
  const isArmed =
    fcntl(reader, F_SETOWN, pid) === 0 &&
    fcntl(reader, F_SETSIG, signalNumber("SIGKILL")) === 0 &&
    fcntl(reader, F_SETFL, O_ASYNC | O_NONBLOCK) === 0 &&
    sendDescriptor(socket, reader);
  const problem = isArmed ? undefined : lastError();
  close(reader);
  close(socket);
  return { ...(problem === undefined ? {} : { problem }), release: () => void close(writer) };
}

/** Sends one byte with a descriptor: a `msghdr` of one `iovec` and one `cmsghdr`. */
function sendDescriptor(socket: number, descriptor: number): boolean {
  const byte = new Uint8Array(1);
  const vector = BigUint64Array.of(addressOf(byte), 1n);
  const control = new DataView(new ArrayBuffer(24));
  control.setBigUint64(0, 20n, true);
  control.setInt32(8, SOL_SOCKET, true);
  control.setInt32(12, SCM_RIGHTS, true);
  control.setInt32(16, descriptor, true);
  const controlBytes = new Uint8Array(control.buffer);
  const message = BigUint64Array.of(0n, 0n, addressOf(vector), 1n, addressOf(controlBytes), 24n, 0n);
  return libc().sendmsg(socket, message, MSG_DONTWAIT | MSG_NOSIGNAL) === 1;
}

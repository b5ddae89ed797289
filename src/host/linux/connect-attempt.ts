import type { Ip } from "../../go/ip.ts";
import { errnoName } from "./errno-name.ts";
import { openLibc } from "./ffi.ts";
import { lastError, libc } from "./libc.ts";

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM_NONBLOCK_CLOEXEC = 0o2_004_001;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
/** Bytes of a `sockaddr_in6`. */
const LONGEST_NAME = 28;

function open() {
  return openLibc({
    connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
    getpeername: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  });
}

let opened: ReturnType<typeof open> | undefined;

/** The outcome of a connection that was made. */
export const CONNECTED = "connected";

/** A TCP connection that is tried only for its error. */
export interface ConnectAttempt {
  /** Returns the name of the error, such as EHOSTUNREACH, once, or CONNECTED; undefined while it is pending. */
  readonly outcome: () => string | undefined;
  readonly close: () => void;
}

/** Begins a connection to an address. @throws Error when the C library is not available */
export function attemptConnect(address: Ip, port: number): ConnectAttempt {
  opened ??= open();
  const name = socketAddress(address, port);
  const fd = libc().socket(address.family === 4 ? AF_INET : AF_INET6, SOCK_STREAM_NONBLOCK_CLOEXEC, 0);
  const failed = fd < 0 || opened.connect(fd, name, name.length) !== 0 ? lastError() : undefined;
  return {
    outcome: () => (failed === undefined || failed === "EINPROGRESS" ? outcomeOf(fd) : failed),
    close() {
      if (fd >= 0) libc().close(fd);
    },
  };
}

function outcomeOf(fd: number): string | undefined {
  const value = new Int32Array(1);
  libc().getsockopt(fd, SOL_SOCKET, SO_ERROR, value, Int32Array.of(value.byteLength));
  const [error = 0] = value;
  if (error !== 0) return errnoName(error);
  const name = new Uint8Array(LONGEST_NAME);
  return opened?.getpeername(fd, name, Int32Array.of(name.length)) === 0 ? CONNECTED : undefined;
}

/** Returns a `sockaddr_in` or `sockaddr_in6`, without a scope. */
function socketAddress({ family, bytes }: Ip, port: number): Buffer {
  const name = Buffer.alloc(family === 4 ? 16 : 28);
  name.writeUInt16LE(family === 4 ? AF_INET : AF_INET6, 0);
  name.writeUInt16BE(port, 2);
  name.set(bytes, family === 4 ? 4 : 8);
  return name;
}

import type { Ip } from "../../go/ip.ts";
import { errnoName } from "./errno-name.ts";
import { openLibc } from "./ffi.ts";
import { lastError, libc } from "./libc.ts";

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM_NONBLOCK_CLOEXEC = 0o2_004_001;
const SOL_SOCKET = 1;
const SO_ERROR = 4;

function open() {
  return openLibc({ connect: { args: ["i32", "ptr", "u32"], returns: "i32" } });
}

let opened: ReturnType<typeof open> | undefined;

/** A TCP connection that is tried only for its error. */
export interface ConnectAttempt {
  /** Returns the name of the error, such as EHOSTUNREACH, once; undefined while there is none. */
  readonly error: () => string | undefined;
  readonly close: () => void;
}

/** Begins a connection to an address. @throws Error when the C library is not available */
export function attemptConnect(address: Ip, port: number): ConnectAttempt {
  opened ??= open();
  const name = socketAddress(address, port);
  const fd = libc().socket(address.family === 4 ? AF_INET : AF_INET6, SOCK_STREAM_NONBLOCK_CLOEXEC, 0);
  const failed = fd < 0 || opened.connect(fd, name, name.length) !== 0 ? lastError() : undefined;
  return {
    error: () => (failed === undefined || failed === "EINPROGRESS" ? pendingError(fd) : failed),
    close() {
      if (fd >= 0) libc().close(fd);
    },
  };
}

function pendingError(fd: number): string | undefined {
  const value = new Int32Array(1);
  libc().getsockopt(fd, SOL_SOCKET, SO_ERROR, value, Int32Array.of(value.byteLength));
  const [error = 0] = value;
  return error === 0 ? undefined : errnoName(error);
}

/** Returns a `sockaddr_in` or `sockaddr_in6`, without a scope. */
function socketAddress({ family, bytes }: Ip, port: number): Buffer {
  const name = Buffer.alloc(family === 4 ? 16 : 28);
  name.writeUInt16LE(family === 4 ? AF_INET : AF_INET6, 0);
  name.writeUInt16BE(port, 2);
  name.set(bytes, family === 4 ? 4 : 8);
  return name;
}

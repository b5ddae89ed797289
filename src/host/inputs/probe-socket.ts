import type { SocketState } from "../../inputs/questions.ts";

const LIMIT = 1_000;
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const EMPTY_SETTINGS = "\0\0\0\x04\0\0\0\0\0";
/** Where the type of a frame is, and that of SETTINGS (RFC 9113 §4.1, §6.5). */
const TYPE_AT = 3;
const SETTINGS_TYPE = 4;

/**
 * Returns whether a gRPC server answers on a Unix socket within a second: its first frame must be HTTP/2 SETTINGS (contract 1.30 §9.1 step
 * 3).
 */
export function probeSocket(path: string): Promise<SocketState> {
  return new Promise((resolve) => {
    const finish = (state: SocketState, socket?: { end: () => void }) => {
      clearTimeout(timer);
      // First, as ending the socket calls `close` at once, which would be the answer.
      resolve(state);
      socket?.end();
    };
    const timer = setTimeout(() => finish("unresponsive"), LIMIT);
    const failed = () => finish("unresponsive");
    let received = 0;
    Bun.connect({
      unix: path,
      socket: {
        open: (socket) => void socket.write(PREFACE + EMPTY_SETTINGS),
        data(socket, bytes) {
          const type = bytes[TYPE_AT - received];
          received += bytes.length;
          if (received > TYPE_AT) finish(type === SETTINGS_TYPE ? "healthy" : "unresponsive", socket);
        },
        error: failed,
        close: failed,
        connectError: failed,
      },
    }).catch(failed);
  });
}

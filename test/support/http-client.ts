import { connect, type Socket } from "node:net";
import { type Reply, readReply } from "./http-reply.ts";

/** How a request failed: no connection, a reset, a truncated reply, a timeout, or a status other than 200. */
export type Failure = "refused" | "reset" | "cut" | "timeout" | "status";

/** A raw connection to an HTTP/1.1 server, for one request at a time. */
export interface HttpConnection {
  /** Sends a GET and reads the reply; after a failure the connection is closed. */
  readonly get: (path: string, limit: number, close: boolean) => Promise<Reply | Exclude<Failure, "refused">>;
  /** Returns whether the server has neither closed the connection nor announced it. */
  readonly isOpen: () => boolean;
  readonly end: () => void;
}

/** Opens a connection; `limit` in milliseconds. */
export function openConnection(host: string, port: number, limit: number): Promise<HttpConnection | "refused" | "timeout"> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, noDelay: true });
    const late = setTimeout(() => give("timeout"), limit);
    const give = (result: HttpConnection | "refused" | "timeout") => {
      clearTimeout(late);
      socket.off("error", refuse);
      socket.on("error", () => {}); // a late one must not end the process
      if (typeof result === "string") socket.destroy();
      resolve(result);
    };
    const refuse = () => give("refused");
    socket.on("error", refuse);
    socket.once("connect", () => give(connectionOver(socket, host)));
  });
}

function connectionOver(socket: Socket, host: string): HttpConnection {
  let bytes = Buffer.alloc(0);
  let isOpen = true;
  let look: (end: "more" | "cut" | "reset") => void = () => {};
  const closed = (end: "cut" | "reset") => {
    isOpen = false;
    look(end);
  };
  socket.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    look("more");
  });
  socket.on("end", () => closed("cut"));
  socket.on("error", () => closed("reset"));
  socket.on("close", () => closed("cut"));
  return {
    isOpen: () => isOpen,
    end: () => socket.destroy(),
    get: (path, limit, close) =>
      new Promise((resolve) => {
        const late = setTimeout(() => finish("timeout"), limit);
        const finish = (result: Reply | Exclude<Failure, "refused">) => {
          clearTimeout(late);
          look = () => {};
          if (typeof result === "string" || !result.keepsOpen) {
            isOpen = false;
            socket.destroy();
          } else bytes = bytes.subarray(result.length);
          resolve(typeof result === "string" || result.status === 200 ? result : "status");
        };
        look = (end) => {
          const reply = readReply(bytes, "GET", end !== "more");
          if (reply === "broken") finish(end === "reset" ? "reset" : "cut");
          else if (reply !== "more") finish(reply);
        };
        if (!isOpen) return finish("cut");
        socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\n${close ? "connection: close\r\n" : ""}\r\n`);
      }),
  };
}

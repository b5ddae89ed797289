import type { ServerHttp2Stream } from "node:http2";
import type { Script } from "./script.ts";

/** Answers a call of grpc.health.v1.Health/Check by the script. */
export function answerHealth(stream: ServerHttp2Stream, script: Script): void {
  const chunks: Buffer[] = [];
  stream.on("error", () => stream.destroy());
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("end", () => {
    const socket = stream.session?.socket;
    const answer = script.answerTo({
      method: "CHECK",
      target: serviceIn(Buffer.concat(chunks)),
      peer: socket?.remoteAddress ?? "",
      local: socket?.localAddress ?? "",
      headers: new Map(),
      body: "",
    });
    const send = () => {
      if (!stream.destroyed) reply(stream, answer.grpcStatus ?? 0, answer.health ?? 1);
    };
    if (answer.delay === undefined) send();
    else setTimeout(send, answer.delay * 1000);
  });
}

function reply(stream: ServerHttp2Stream, grpcStatus: number, health: number): void {
  const head = { ":status": 200, "content-type": "application/grpc" };
  if (grpcStatus !== 0) {
    stream.respond({ ...head, "grpc-status": String(grpcStatus), "grpc-message": "scripted" }, { endStream: true });
    return;
  }
  stream.respond(head, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  // Not compressed, two bytes long: field 1, the number of the status.
  stream.end(Buffer.from([0, 0, 0, 0, 2, 8, health]));
}

/** The service asked for: field 1 of the message, a text shorter than 128 bytes, after the five bytes of the frame. */
function serviceIn(frame: Buffer): string {
  return frame[5] === 0x0a ? frame.toString("utf8", 7, 7 + (frame[6] ?? 0)) : "";
}

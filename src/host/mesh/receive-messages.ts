import type { Http2Stream } from "node:http2";
import { errorText } from "../../common/errors.ts";
import { deframer, type FrameRules } from "../../mesh/grpc-frames.ts";
import { CODE, type GrpcStatus } from "../../mesh/grpc-status.ts";
import type { CallHandler, Message } from "./grpc.ts";

/** The messages of one direction of a call. */
export interface Receiver {
  /** Calls back when all messages were handled and no more will come; at once if nothing is left. */
  readonly whenDone: (done: () => void) => void;
  /** Delivers nothing more. */
  readonly stop: () => void;
}

/**
 * Delivers the messages of a stream one at a time. While one is handled, nothing more is read, and the sender gets no window.
 * A failure of the sender or of the handler is reported once, and nothing follows it.
 */
export function receiveMessages(
  stream: Http2Stream,
  rules: FrameRules,
  message: CallHandler["message"],
  failed: (status: GrpcStatus) => void,
): Receiver {
  const { push, isWithin } = deframer(rules);
  const waiting: (Message | GrpcStatus)[] = [];
  let isBusy = false;
  let isStopped = false;
  let hasEnded = false;
  let done: (() => void) | undefined;

  const fail = (status: GrpcStatus) => {
    isStopped = true;
    waiting.length = 0;
    failed(status);
  };
  const failHandler = (error: unknown) => fail({ code: CODE.INTERNAL, message: errorText(error) });
  const handled = () => {
    isBusy = false;
    deliver();
  };
  /** Handles one message. Returns whether the next one can follow at once. */
  const handle = (next: Message): boolean => {
    try {
      const pending = message(next);
      if (pending === undefined) return true;
      isBusy = true;
      stream.pause();
      pending.then(handled, failHandler);
      return false;
    } catch (error) {
      failHandler(error);
      return false;
    }
  };
  const deliver = () => {
    while (!isBusy && !isStopped) {
      const next = waiting.shift();
      if (next === undefined) {
        if (hasEnded) return finish();
        if (stream.isPaused()) stream.resume();
        return;
      }
      if ("code" in next) return fail(next);
      if (!handle(next)) return;
    }
  };
  const finish = () => {
    const call = done;
    done = undefined;
    call?.();
  };
  stream.on("data", (bytes: Uint8Array) => {
    if (isStopped) return;
    for (const framed of push(bytes)) waiting.push(framed.kind === "message" ? framed.pieces : framed.status);
    deliver();
  });
  stream.once("end", () => {
    hasEnded = true;
    if (isWithin()) waiting.push({ code: CODE.INTERNAL, message: "grpc: the stream ends within a message (unexpected EOF)" });
    deliver();
  });
  return {
    whenDone(call) {
      done = call;
      // A stream that is gone delivers no more bytes, and may have no end.
      if (stream.destroyed || stream.closed) hasEnded = true;
      if (!isBusy) deliver();
      if (isStopped) finish();
    },
    stop() {
      isStopped = true;
      waiting.length = 0;
    },
  };
}

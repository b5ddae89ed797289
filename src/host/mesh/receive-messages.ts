import { errorText } from "../../common/errors.ts";
import type { Http2Stream } from "../../http/http2/state.ts";
import { type Headers, headerOf } from "../../http/message-head.ts";
import { deframer, type FrameRules } from "../../mesh/grpc-frames.ts";
import { CODE, type GrpcStatus } from "../../mesh/grpc-status.ts";
import type { MessageBudget } from "../../mesh/message-budget.ts";
import type { CallHandler, Message } from "./grpc.ts";

/** The messages of one direction of a call. */
export interface Receiver {
  /** Takes a part of the content. */
  readonly data: (bytes: Uint8Array) => void;
  /** The content has ended. */
  readonly end: () => void;
  /** No more will come. Calls back when all messages were handled, or with why they cannot be; at once if nothing is left. */
  readonly whenDone: (done: (failure?: GrpcStatus) => void) => void;
  /** Delivers nothing more. */
  readonly stop: () => void;
}

/** Returns the compression that the sender of messages has named; undefined if none. */
export function encodingOf(fields: Headers): string | undefined {
  return headerOf(fields, "grpc-encoding");
}

/**
 * Delivers the messages of a stream one at a time. While one is handled, the sender gets no window for what comes.
 * A failure of the sender or of the handler is reported once, and nothing follows it.
 */
export function receiveMessages(
  stream: Pick<Http2Stream, "passOn">,
  { budget, ...rules }: FrameRules & { readonly budget?: MessageBudget },
  message: CallHandler["message"],
  failed: (status: GrpcStatus) => void,
): Receiver {
  let frames = deframer(rules);
  const waiting: (Message | GrpcStatus)[] = [];
  /** Bytes that the sender gets no window for yet. */
  let held = 0;
  let isBusy = false;
  let isStopped = false;
  let hasEnded = false;
  let done: ((failure?: GrpcStatus) => void) | undefined;

  const passOn = () => {
    const bytes = held;
    held = 0;
    stream.passOn(bytes);
  };
  /** Forgets what was received; the stream may stay open for long. */
  const halt = () => {
    isStopped = true;
    waiting.length = 0;
    frames = deframer(rules);
    budget?.hold(endUnfinished, 0);
    passOn();
  };
  const fail = (status: GrpcStatus) => {
    halt();
    finish(status);
    failed(status);
  };
  const endUnfinished = () => fail({ code: CODE.RESOURCE_EXHAUSTED, message: "too many messages are incomplete" });
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
        if (hasEnded) finish();
        else passOn();
        return;
      }
      if ("code" in next) return fail(next);
      if (!handle(next)) return;
    }
  };
  const finish = (failure?: GrpcStatus) => {
    const call = done;
    done = undefined;
    call?.(failure);
  };
  return {
    data(bytes) {
      held += bytes.length;
      if (isStopped) return passOn();
      for (const framed of frames.push(bytes)) waiting.push(framed.kind === "message" ? framed.pieces : framed.status);
      budget?.hold(endUnfinished, frames.held());
      deliver();
    },
    end() {
      if (hasEnded) return;
      hasEnded = true;
      if (frames.isWithin()) waiting.push({ code: CODE.INTERNAL, message: "grpc: the stream ends within a message (unexpected EOF)" });
      deliver();
    },
    whenDone(call) {
      done = call;
      hasEnded = true;
      if (!isBusy) deliver();
      if (isStopped) finish();
    },
    stop: halt,
  };
}

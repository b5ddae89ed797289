import type { Http2Stream } from "../../http/http2/state.ts";
import { type Headers, headerOf } from "../../http/message-head.ts";
import { deframer, type FrameRules } from "../../mesh/grpc-frames.ts";
import { CODE, type GrpcStatus } from "../../mesh/grpc-status.ts";
import type { MessageBudget } from "../../mesh/message-budget.ts";
import { deliverInOrder } from "./deliver-in-order.ts";
import type { CallHandler } from "./grpc.ts";

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
  stream: Pick<Http2Stream, "consume">,
  { budget, ...rules }: FrameRules & { readonly budget?: MessageBudget },
  message: CallHandler["message"],
  failed: (status: GrpcStatus) => void,
): Receiver {
  let frames = deframer(rules);
  const windows = heldWindows(stream);
  /** Forgets what was received; the stream may stay open for long. */
  const halt = () => {
    deliveries.stop();
    frames = deframer(rules);
    budget?.hold(endUnfinished, 0);
    windows.consume();
  };
  const fail = (status: GrpcStatus) => {
    halt();
    deliveries.finish(status);
    failed(status);
  };
  const deliveries = deliverInOrder(message, { failed: fail, idle: windows.consume });
  const endUnfinished = () => fail({ code: CODE.RESOURCE_EXHAUSTED, message: "too many messages are incomplete" });
  return {
    data(bytes) {
      windows.hold(bytes.length);
      if (deliveries.isStopped()) return windows.consume();
      for (const framed of frames.push(bytes)) deliveries.add(framed.kind === "message" ? framed.pieces : framed.status);
      budget?.hold(endUnfinished, frames.held());
      deliveries.deliver();
    },
    end: () => deliveries.end(frames.isWithin() ? UNFINISHED : undefined),
    whenDone: deliveries.whenDone,
    stop: halt,
  };
}

const UNFINISHED: GrpcStatus = { code: CODE.INTERNAL, message: "grpc: the stream ends within a message (unexpected EOF)" };

/** Counts the bytes that the sender gets no window for yet. */
function heldWindows(stream: Pick<Http2Stream, "consume">) {
  let held = 0;
  return {
    hold(bytes: number) {
      held += bytes;
    },
    consume() {
      const bytes = held;
      held = 0;
      stream.consume(bytes);
    },
  };
}

import { ERROR } from "../../http/http2/errors.ts";
import type { Http2Stream, StreamEvents } from "../../http/http2/state.ts";
import { type Headers, headerOf } from "../../http/message-head.ts";
import { isCompression, withoutDecompressor } from "../../mesh/grpc-frames.ts";
import { CODE, type GrpcStatus, OK } from "../../mesh/grpc-status.ts";
import { encodeStatusText, GRPC } from "../../mesh/grpc-text.ts";
import type { MessageBudget } from "../../mesh/message-budget.ts";
import type { Accept, CallHandler, ServerCall } from "./grpc.ts";
import { encodingOf, type Receiver, receiveMessages } from "./receive-messages.ts";
import { sendMessage } from "./send-messages.ts";

/** What the calls of a connection share. */
export interface ServerCallContext {
  /** The process of the client. */
  readonly peer: number | undefined;
  readonly maxMessage: number;
  readonly budget: MessageBudget;
  readonly accept: Accept;
}

const HEAD: Headers = [
  [":status", "200"],
  ["content-type", GRPC],
];

function nothing(): void {}

/** Returns what takes the rest of a request that was answered already. */
export function discarding(stream: Http2Stream): StreamEvents {
  return { headers: nothing, data: ({ length }) => stream.consume(length), end: nothing, reset: nothing };
}

/** Serves one stream of a connection. */
export function serveCall(stream: Http2Stream, fields: Headers, { peer, maxMessage, budget, accept }: ServerCallContext): StreamEvents {
  let final: GrpcStatus | undefined;
  let handler: CallHandler | undefined;
  let hasBegun = false;
  let receiver: Receiver | undefined;
  /** Ends the call once: informs the client, and the handler when everything that runs now has returned. */
  const end = (status: GrpcStatus, inform: () => void) => {
    if (final !== undefined) return;
    final = status;
    receiver?.stop();
    inform();
    queueMicrotask(() => handler?.ended(status));
  };
  const finish = (status: GrpcStatus) => end(status, () => stream.headers([...(hasBegun ? [] : HEAD), ...trailersOf(status)], true));
  const call: ServerCall = {
    method: headerOf(fields, ":path") ?? "",
    peer,
    send(message) {
      if (final !== undefined) return Promise.resolve();
      if (!hasBegun) stream.headers(HEAD, false);
      hasBegun = true;
      return sendMessage(stream, message);
    },
    end: (status = OK) => finish(status),
    cancel: () => end({ code: CODE.CANCELLED, message: "the call was cancelled" }, () => stream.reset(ERROR.cancel)),
  };
  const encoding = encodingOf(fields);
  const accepted = isCompression(encoding) ? { code: CODE.UNIMPLEMENTED, message: withoutDecompressor(encoding) } : accept(call);
  if ("code" in accepted) {
    finish(accepted);
    return discarding(stream);
  }
  handler = accepted;
  const { halfClosed, message } = accepted;
  const rules = { limit: maxMessage, encoding, budget };
  const messages = receiveMessages(stream, rules, (received) => (final === undefined ? message(received) : undefined), finish);
  receiver = messages;
  return {
    headers: nothing,
    data: messages.data,
    end() {
      messages.end();
      // Clients may end their side just before they reset the stream: a reset that was received with the end comes first.
      setImmediate(() => messages.whenDone(() => final === undefined && halfClosed?.()));
    },
    reset: () => end({ code: CODE.CANCELLED, message: "context canceled" }, nothing),
  };
}

function trailersOf({ code, message }: GrpcStatus): Headers {
  return [["grpc-status", String(code)], ...(message === "" ? [] : [["grpc-message", encodeStatusText(message)] as const])];
}

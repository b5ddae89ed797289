import { ERROR } from "../../http/http2/errors.ts";
import { fieldsProblem } from "../../http/http2/message-fields.ts";
import type { Http2Stream, StreamEvents } from "../../http/http2/state.ts";
import { type Headers, headerOf, valuesOf } from "../../http/message-head.ts";
import { CODE, type GrpcStatus } from "../../mesh/grpc-status.ts";
import { isGrpc, statusOfHttp, statusOfReset, statusOfTrailers } from "../../mesh/grpc-text.ts";
import type { NewPiece } from "../../mesh/message-collector.ts";
import type { Dial } from "./dial-server.ts";
import type { Call, CallHandler, Message } from "./grpc.ts";
import { encodingOf, type Receiver, receiveMessages } from "./receive-messages.ts";
import { sendMessage } from "./send-messages.ts";

/** What a call needs. */
export interface ClientCallContext {
  readonly dial: Dial;
  readonly headers: Headers;
  readonly handler: CallHandler;
  /** The largest message, in bytes. */
  readonly maxMessage: number;
  /** Where the memory of large messages comes from. */
  readonly newPiece: NewPiece | undefined;
}

/** A call of a client. */
export interface OpenCall extends Call {
  /** Ends it with the status of the connection. */
  readonly finish: (status: GrpcStatus) => void;
}

const WITHOUT_TRAILERS: GrpcStatus = { code: CODE.INTERNAL, message: "server closed the stream without sending trailers" };
const LEAVING = "the server closes the connection";
const NO_ROOM = "the server allows no more calls on the connection (SETTINGS_MAX_CONCURRENT_STREAMS)";

/** Returns why a call could not be opened on a connection that has not failed: the status of one that has follows by itself. */
function notOpened(problem: string | undefined, isLeaving: boolean): GrpcStatus {
  return { code: CODE.UNAVAILABLE, message: problem ?? (isLeaving ? LEAVING : NO_ROOM) };
}

/** Opens a call as soon as the connection is ready. */
export function openCall({ dial, headers, handler, maxMessage, newPiece }: ClientCallContext, over: () => void): OpenCall {
  const opened = Promise.withResolvers<Http2Stream | undefined>();
  let stream: Http2Stream | undefined;
  let receiver: Receiver | undefined;
  let isOver = false;
  /** Ends the call once, after the messages that were received before. */
  const finish = (status: GrpcStatus) => {
    if (isOver) return;
    isOver = true;
    over();
    opened.resolve(undefined);
    if (receiver === undefined) queueMicrotask(() => handler.ended(status));
    else receiver.whenDone((failure) => handler.ended(failure ?? status));
  };
  const abort = (status: GrpcStatus) => {
    receiver?.stop();
    finish(status);
    stream?.reset(ERROR.cancel);
  };
  const responded = (fields: Headers): Receiver | undefined => {
    const status = Number(headerOf(fields, ":status"));
    const type = headerOf(fields, "content-type");
    if (!isGrpc(type)) {
      abort(statusOfHttp(status, type));
      return undefined;
    }
    return receiveMessages(
      { consume: (bytes) => stream?.consume(bytes) },
      { limit: maxMessage, encoding: encodingOf(fields), newPiece },
      handler.message,
      abort,
    );
  };
  const events = callEvents({
    responded(fields) {
      receiver = responded(fields);
      return receiver;
    },
    ended: finish,
  });
  dial.ready.then((connection) => {
    if (isOver) return;
    const problem = fieldsProblem(headers, "request");
    stream = problem === undefined ? connection.request(headers, events) : undefined;
    if (stream !== undefined) {
      handler.opened?.();
      opened.resolve(stream);
    } else if (problem !== undefined || !connection.hasFailed()) finish(notOpened(problem, dial.isLeaving()));
  });
  return {
    finish,
    send: (message: Message) => opened.promise.then((to) => (to === undefined || isOver ? undefined : sendMessage(to, message))),
    end() {
      opened.promise.then((to) => to?.end());
    },
    cancel: () => abort({ code: CODE.CANCELLED, message: "the call was cancelled" }),
  };
}

interface CallSteps {
  /** The response has begun. Returns what takes its messages. */
  readonly responded: (fields: Headers) => Receiver | undefined;
  readonly ended: (status: GrpcStatus) => void;
}

/** Returns what happens on the stream of a call, with the status that its end means. */
function callEvents({ responded, ended }: CallSteps): StreamEvents {
  let hasResponded = false;
  let receiver: Receiver | undefined;
  let status = WITHOUT_TRAILERS;
  return {
    headers(fields, ends) {
      if (!hasResponded) receiver = responded(fields);
      hasResponded = true;
      if (ends) status = statusOfFields(fields);
    },
    data: (bytes) => receiver?.data(bytes),
    end() {
      receiver?.end();
      ended(status);
    },
    reset: (code, reason) => ended(statusOfReset(code, reason)),
  };
}

function statusOfFields(fields: Headers): GrpcStatus {
  return statusOfTrailers(valuesOf(fields, "grpc-status").at(-1), valuesOf(fields, "grpc-message").at(-1));
}

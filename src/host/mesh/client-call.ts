import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { errorText } from "../../common/errors.ts";
import { CODE, type GrpcStatus } from "../../mesh/grpc-status.ts";
import { isGrpc, statusOfHttp, statusOfReset, statusOfTrailers } from "../../mesh/grpc-text.ts";
import type { Dial } from "./dial-server.ts";
import type { Call, CallHandler, Message } from "./grpc.ts";
import { encodingOf, type Receiver, receiveMessages } from "./receive-messages.ts";
import { openSender, type Sender } from "./send-messages.ts";

/** What a call needs. */
export interface CallContext {
  readonly dial: Dial;
  readonly headers: OutgoingHttpHeaders;
  readonly handler: CallHandler;
  /** The largest message, in bytes. */
  readonly maxMessage: number;
}

/** A call of a client. */
export interface OpenCall extends Call {
  /** Ends it with the status of the connection. */
  readonly finish: (status: GrpcStatus) => void;
}

/** Opens a call as soon as the connection is ready. */
export function openCall({ dial, headers, handler, maxMessage }: CallContext, over: () => void): OpenCall {
  const opened = Promise.withResolvers<Sender | undefined>();
  let stream: ClientHttp2Stream | undefined;
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
    stream?.close(constants.NGHTTP2_CANCEL);
  };
  // Without a reader, the end of a stream that begins with data would not be noticed.
  const early = () => abort({ code: CODE.INTERNAL, message: "the server has sent data before its headers" });
  const responded = (response: IncomingHttpHeaders) => {
    stream?.off("data", early);
    const status = Number(response[":status"]);
    const type = response["content-type"];
    if (status !== 200 || !isGrpc(type)) return abort(statusOfTrailersOf(response) ?? statusOfHttp(status, type));
    const rules = { limit: maxMessage, encoding: encodingOf(response) };
    if (stream !== undefined) receiver = receiveMessages(stream, rules, handler.message, abort);
  };
  dial.ready.then((session) => {
    if (isOver) return;
    try {
      stream = session.request(headers, { endStream: false });
    } catch (error) {
      // The server has sent GOAWAY, or a header is invalid.
      finish({ code: CODE.UNAVAILABLE, message: errorText(error) });
      return;
    }
    watchEnd(stream, finish);
    stream.once("response", responded);
    stream.on("data", early);
    opened.resolve(openSender(stream));
  });
  return {
    finish,
    send: (message: Message) =>
      opened.promise.then((to) => {
        if (to === undefined || isOver) return;
        return to.send(message);
      }),
    end() {
      opened.promise.then((to) => to?.whenSent(() => stream?.end()));
    },
    cancel: () => abort({ code: CODE.CANCELLED, message: "the call was cancelled" }),
  };
}

const WITHOUT_TRAILERS: GrpcStatus = { code: CODE.INTERNAL, message: "server closed the stream without sending trailers" };

/** Calls back with the status that the end of a stream means. */
function watchEnd(stream: ClientHttp2Stream, ended: (status: GrpcStatus) => void): void {
  let status: GrpcStatus | undefined;
  const read = (headers: IncomingHttpHeaders) => {
    status ??= statusOfTrailersOf(headers);
  };
  stream.once("response", read);
  stream.once("trailers", read);
  stream.once("end", () => {
    // A reset ends the stream, too, and so does the end of the connection, whose status comes first.
    if (status === undefined) setImmediate(() => ended(status ?? (stream.rstCode ? statusOfReset(stream.rstCode) : WITHOUT_TRAILERS)));
    else ended(status);
  });
  stream.on("error", () => {});
  stream.once("close", () => {
    const code = stream.rstCode ?? 0;
    // When the whole connection is gone, its status comes first.
    setImmediate(() => ended(status ?? statusOfReset(code)));
  });
}

function statusOfTrailersOf(headers: IncomingHttpHeaders): GrpcStatus | undefined {
  return statusOfTrailers(headers["grpc-status"]?.toString(), headers["grpc-message"]?.toString());
}

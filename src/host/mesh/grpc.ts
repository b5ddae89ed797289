import type { Headers } from "../../http/message-head.ts";
import type { GrpcStatus } from "../../mesh/grpc-status.ts";
import type { Pieces } from "../../mesh/pieces.ts";

/** A message in the pieces in which it was received, without gRPC's prefix. They are joined only where a value is read. */
export type Message = Pieces;

/** What one side of a call does with what the other side sends. */
export interface CallHandler {
  /** A client's call was opened on its connection: messages are sent from now on. */
  readonly opened?: () => void;
  /**
   * Called with each message, one at a time: the next one is delivered, and more of it received, only when the promise has
   * settled. This is the flow control: a slow handler slows the sender.
   */
  readonly message: (message: Message) => void | Promise<void>;
  /** The other side will send nothing more. A server's handler then usually ends the call. */
  readonly halfClosed?: () => void;
  /** The call is over; called exactly once. A client gets the server's status, or why the server has sent none (UNAVAILABLE, …). */
  readonly ended: (status: GrpcStatus) => void;
}

/** One side of an open call. Nothing it does throws after the call has ended. */
export interface Call {
  /** Sends a message. Resolves when the transport has room for the next one; also when the call ends. */
  readonly send: (message: Message) => Promise<void>;
  /** Ends the call: a server sends its status, a client half-closes. */
  readonly end: (status?: GrpcStatus) => void;
  /** Ends the call at once (RST_STREAM, CANCEL). */
  readonly cancel: () => void;
}

/** A call that a server has received. */
export interface ServerCall extends Call {
  /** For example `/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets`. */
  readonly method: string;
  /** The process id of the client (peer credentials of the Unix socket), if the kernel knows it. */
  readonly peer: number | undefined;
}

/** Opens a call, or refuses it with a status. */
export type Accept = (call: ServerCall) => CallHandler | GrpcStatus;

/** A running gRPC server. */
export interface GrpcServer {
  /** Closes the listener and all connections at once, without trailers (recorded: sds/agent_stops). */
  readonly close: () => void;
}

/** A connection to a gRPC server. It is dialled at once; calls wait for it. */
export interface GrpcConnection {
  /** Opens a call. */
  readonly open: (method: string, headers: Headers, handler: CallHandler) => Call;
  /** Whether calls can still be made: false once the connection has failed, was lost (GOAWAY too) or closed. It is not dialled again. */
  readonly isUsable: () => boolean;
  /** Whether it was made: the server has sent its settings. */
  readonly wasReady: () => boolean;
  /** Closes the connection with GOAWAY; calls that are open end. */
  readonly close: () => void;
}

import { errorText } from "../../common/errors.ts";
import { CODE, type GrpcStatus } from "../../mesh/grpc-status.ts";
import type { CallHandler, Message } from "./grpc.ts";

/** What becomes of messages that are delivered. */
export interface Outcomes {
  /** The sender or the handler has failed: stops what waits. */
  readonly failed: (status: GrpcStatus) => void;
  /** All that has come is handled, and more may come. */
  readonly idle: () => void;
}

/** Messages that wait for their handler, in order. */
export interface Deliveries {
  readonly add: (next: Message | GrpcStatus) => void;
  /** Delivers what can be delivered now. */
  readonly deliver: () => void;
  /** Nothing more will come; the problem, if any, follows what waits. */
  readonly end: (problem: GrpcStatus | undefined) => void;
  /** Calls back when everything is handled; at once if nothing is left. */
  readonly whenDone: (done: (failure?: GrpcStatus) => void) => void;
  /** Calls back now. */
  readonly finish: (failure?: GrpcStatus) => void;
  readonly stop: () => void;
  readonly isStopped: () => boolean;
}

/** Delivers messages one at a time, and then the failure or the end that follows them. */
export function deliverInOrder(message: CallHandler["message"], { failed, idle }: Outcomes): Deliveries {
  const waiting: (Message | GrpcStatus)[] = [];
  let isBusy = false;
  let isStopped = false;
  let hasEnded = false;
  let done: ((failure?: GrpcStatus) => void) | undefined;

  const handle = (next: Message) => {
    try {
      const pending = message(next);
      isBusy = pending !== undefined;
      pending?.then(handled, (error: unknown) => failed(handlerFailure(error)));
    } catch (error) {
      failed(handlerFailure(error));
    }
  };
  const handled = () => {
    isBusy = false;
    deliver();
  };
  const deliver = () => {
    while (!isBusy && !isStopped) {
      const next = waiting.shift();
      if (next === undefined) return hasEnded ? finish() : idle();
      if ("code" in next) return failed(next);
      handle(next);
    }
  };
  const finish = (failure?: GrpcStatus) => {
    const call = done;
    done = undefined;
    call?.(failure);
  };
  return {
    add: (next) => void waiting.push(next),
    deliver,
    finish,
    isStopped: () => isStopped,
    stop() {
      isStopped = true;
      waiting.length = 0;
    },
    end(problem) {
      if (hasEnded) return;
      hasEnded = true;
      if (problem !== undefined) waiting.push(problem);
      deliver();
    },
    whenDone(call) {
      done = call;
      hasEnded = true;
      if (!isBusy) deliver();
      if (isStopped) finish();
    },
  };
}

function handlerFailure(error: unknown): GrpcStatus {
  return { code: CODE.INTERNAL, message: errorText(error) };
}

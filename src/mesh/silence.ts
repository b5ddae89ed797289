/** Milliseconds after which a server that has not answered is a likely cause: others answer within a second. */
const SILENT = 5_000;

/** A server that does not answer. */
export interface Silence {
  /** What it has not done, to follow its name. The text does not change with time, so that it is logged once. */
  readonly text: string;
  /** Whether the connection was made. */
  readonly isConnected: boolean;
}

/** The calls of a server that wait for its first answer. */
export interface Waits {
  /** A call waits from now on. Returns what ends the wait. `isConnected`: whether its connection was made. */
  readonly begin: (isConnected: () => boolean) => () => void;
  /** Returns that the server does not answer, if a call waits for long. */
  readonly silence: () => Silence | undefined;
}

/** Keeps the calls of a server that wait. `now`: a clock in milliseconds that never jumps. */
export function openWaits(now = () => performance.now()): Waits {
  const waiting = new Set<{ readonly since: number; readonly isConnected: () => boolean }>();
  return {
    begin(isConnected) {
      const wait = { since: now(), isConnected };
      waiting.add(wait);
      return () => waiting.delete(wait);
    },
    silence() {
      // In the order in which they began.
      const [first] = waiting;
      if (first === undefined || now() - first.since < SILENT) return undefined;
      const isConnected = first.isConnected();
      const silent = `has not answered for more than ${SILENT / 1_000} s`;
      return { text: isConnected ? `has accepted the connection, but ${silent}` : silent, isConnected };
    },
  };
}

/** In the text of a failure: no connection was made. */
const NO_CONNECTION = /transport: Error while dialing/;

/**
 * Returns the cause that a server is: its last failure, or that it does not answer. A failure stays while the next call waits, so that a
 * server that is silent and then ends each call has one cause, not two in turn; only that no connection was made is over when one is made.
 * `name`: of the server, for the text.
 */
export function causeOf(name: string, problem: string | undefined, silence: Silence | undefined): string | undefined {
  if (silence === undefined) return problem;
  const isOver = problem === undefined || (silence.isConnected && NO_CONNECTION.test(problem));
  return isOver ? `${name} ${silence.text}` : problem;
}

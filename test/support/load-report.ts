import type { Failure } from "./http-client.ts";

/** The results of a load; times in milliseconds. */
export interface LoadReport {
  readonly requests: number;
  readonly ok: number;
  readonly failed: number;
  readonly failures: Readonly<Record<Failure, number>>;
  /** Keep-alive connections the server closed in order, after a response or between two. */
  readonly closedInOrder: number;
  /** By name of a mark: when the first and last failure occurred after it (negative: before). Absent without failures. */
  readonly sinceMark: Readonly<Record<string, { readonly firstFailure?: number; readonly lastFailure?: number }>>;
}

/** The failures of a load in which every request succeeds. */
export const NO_FAILURES: LoadReport["failures"] = { refused: 0, reset: 0, cut: 0, timeout: 0, status: 0 };

/** Collects the results of all clients of a load. */
export interface Tally {
  readonly succeed: () => void;
  readonly fail: (failure: Failure) => void;
  readonly closeInOrder: () => void;
  readonly mark: (name: string) => void;
  /** Returns the milliseconds since a mark; undefined if it was not set. */
  readonly since: (name: string) => number | undefined;
  readonly report: () => LoadReport;
}

export function newTally(): Tally {
  const failures: Record<Failure, number> = { ...NO_FAILURES };
  const marks = new Map<string, number>();
  let ok = 0;
  let closedInOrder = 0;
  let first: number | undefined;
  let last: number | undefined;
  const relative = (mark: number) =>
    first === undefined || last === undefined ? {} : { firstFailure: first - mark, lastFailure: last - mark };
  return {
    succeed: () => {
      ok++;
    },
    fail: (failure) => {
      failures[failure]++;
      last = performance.now();
      first ??= last;
    },
    closeInOrder: () => {
      closedInOrder++;
    },
    mark: (name) => {
      marks.set(name, performance.now());
    },
    since: (name) => {
      const mark = marks.get(name);
      return mark === undefined ? undefined : performance.now() - mark;
    },
    report: () => {
      const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
      const sinceMark = Object.fromEntries([...marks].map(([name, mark]) => [name, relative(mark)]));
      return { requests: ok + failed, ok, failed, failures: { ...failures }, closedInOrder, sinceMark };
    },
  };
}

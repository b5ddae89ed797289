import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { dialAhead } from "../../../src/host/mesh/dial-ahead.ts";
import type { GrpcConnection } from "../../../src/host/mesh/grpc.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Connections that only record what becomes of them. */
function fakeDials() {
  const made: { isUsable: boolean; isClosed: boolean; readonly connection: GrpcConnection }[] = [];
  const connect = (): GrpcConnection => {
    const entry = {
      isUsable: true,
      isClosed: false,
      connection: {
        open: () => {
          throw new Error("no calls here");
        },
        isUsable: () => entry.isUsable,
        wasReady: () => false,
        close() {
          entry.isClosed = true;
        },
      },
    };
    made.push(entry);
    return entry.connection;
  };
  return { made, connect };
}

test("the first stream gets the connection that was made ahead, the others new ones", () => {
  const { made, connect } = fakeDials();
  const dialled = dialAhead(connect);
  expect(made).toHaveLength(1);
  expect(dialled.take() === made[0]?.connection).toBe(true);
  expect(dialled.take() === made[1]?.connection).toBe(true);
  jest.advanceTimersByTime(60_000);
  dialled.close();
  expect(made.map(({ isClosed }) => isClosed)).toEqual([false, false]);
});

test("a connection that has failed is replaced when it is needed", () => {
  const { made, connect } = fakeDials();
  const dialled = dialAhead(connect);
  for (const each of made) each.isUsable = false;
  expect(dialled.take() === made[1]?.connection).toBe(true);
  expect(made.map(({ isClosed }) => isClosed)).toEqual([true, false]);
});

test("a connection that nobody needs is closed after ten seconds, or at the end", () => {
  const { made, connect } = fakeDials();
  const dialled = dialAhead(connect);
  jest.advanceTimersByTime(9_000);
  expect(made[0]?.isClosed).toBe(false);
  jest.advanceTimersByTime(1_000);
  expect(made[0]?.isClosed).toBe(true);
  expect(dialled.take() === made[1]?.connection).toBe(true);
  const other = fakeDials();
  dialAhead(other.connect).close();
  expect(other.made[0]?.isClosed).toBe(true);
});

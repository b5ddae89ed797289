import { describe, expect, test } from "bun:test";
import { keepAlive, type PingTools } from "../../../src/host/mesh/keep-alive.ts";
import { fakeClocks } from "./fake-clocks.ts";

/** Opens PING frames every 30 s, which have to be answered within 10 s, and counts them. */
function open({ streams = 0, withoutStreams = false }: Partial<Pick<PingTools, "withoutStreams">> & { readonly streams?: number } = {}) {
  const clocks = fakeClocks();
  const seen = { pings: 0, lost: 0, streams };
  const pings = keepAlive(
    { ping: () => void seen.pings++, streams: () => seen.streams },
    { interval: 30_000, timeout: 10_000 },
    { lost: () => void seen.lost++, withoutStreams, clocks },
  );
  return { ...pings, seen, pass: (seconds: number) => clocks.pass(seconds * 1_000), waits: clocks.waits };
}

describe("a client", () => {
  test("sends a PING frame after silence, and says when nothing comes", () => {
    const { seen, pass } = open({ streams: 1 });
    pass(29.9);
    expect(seen.pings).toBe(0);
    pass(0.1);
    expect(seen.pings).toBe(1);
    pass(9.9);
    expect(seen).toMatchObject({ pings: 1, lost: 0 });
    pass(0.1);
    expect(seen).toMatchObject({ pings: 1, lost: 1 });
  });

  test("sends none while the server sends anything", () => {
    const { seen, heard, pass } = open({ streams: 1 });
    for (let count = 0; count < 10; count++) {
      pass(20);
      heard();
    }
    expect(seen.pings).toBe(0);
    pass(30);
    expect(seen.pings).toBe(1);
    heard();
    pass(29.9);
    expect(seen).toMatchObject({ pings: 1, lost: 0 });
    pass(0.1);
    expect(seen.pings).toBe(2);
  });

  test("sends none without streams, for which a server would close the connection, and does not wake up", () => {
    const { seen, pass, waits } = open();
    pass(3_600);
    expect(seen.pings).toBe(0);
    expect(waits()).toBe(1);
  });

  test("sends one with the first stream after a rest, so that a dead connection is noticed", () => {
    const { seen, opened, pass } = open();
    opened();
    expect(seen.pings).toBe(0);
    pass(3_600);
    seen.streams = 1;
    opened();
    opened();
    expect(seen.pings).toBe(1);
    pass(10);
    expect(seen).toMatchObject({ pings: 1, lost: 1 });
  });
});

test("a server sends PING frames without streams", () => {
  const { seen, pass } = open({ withoutStreams: true });
  pass(30);
  expect(seen.pings).toBe(1);
});

test("after the end of a connection there are none", () => {
  const { seen, stop, heard, opened, pass } = open({ streams: 1 });
  pass(30);
  stop();
  heard();
  opened();
  pass(3_600);
  expect(seen).toMatchObject({ pings: 1, lost: 0 });
});

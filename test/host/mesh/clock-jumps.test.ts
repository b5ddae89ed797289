import { describe, expect, test } from "bun:test";
import { createAuthority } from "../../mesh/lab/authority.ts";
import { type ScriptedAuthority, startScriptedAuthority } from "../../mesh/lab/scripted-authority.ts";
import { type FakeClocks, fakeClocks } from "./fake-clocks.ts";
import { caPlan, outcome, storeOf, type TestStore } from "./store-of.ts";

// The machine's clock is set while the agent runs, with a CA over a real connection: the one thing that is not real are the clocks.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const authority = await createAuthority();

interface Running {
  readonly ca: ScriptedAuthority;
  readonly clocks: FakeClocks;
  readonly made: TestStore;
}

/** Opens a store that has a certificate of an hour, with further ones of so many seconds. */
async function withCertificate(seconds: readonly number[], check: (running: Running) => Promise<void>): Promise<void> {
  const answers = [HOUR / SECOND, ...seconds].map((each) => ({ kind: "sign", seconds: each }) as const);
  await using ca = await startScriptedAuthority(authority, answers);
  const clocks = fakeClocks();
  using made = storeOf(caPlan(ca.port), {}, { socket: "/nowhere", clocks });
  await made.store.get("default");
  await check({ ca, clocks, made });
}

describe("a clock that is set", () => {
  test("forward, past the end of the certificate: it is replaced within a minute, once", () =>
    withCertificate([(30 * DAY) / SECOND], async ({ ca, clocks, made }) => {
      clocks.pass(5 * MINUTE);
      clocks.jump(2 * HOUR);
      expect(made.changes).toEqual(["ROOTCA"]);
      clocks.pass(MINUTE);
      expect(made.changes).toEqual(["ROOTCA", "default"]);
      await made.store.get("default");
      const before = clocks.waits();
      clocks.pass(DAY);
      expect(made.changes).toEqual(["ROOTCA", "default"]);
      expect(ca.calls).toHaveLength(2);
      // The clock is looked at every minute, and no more often.
      expect(clocks.waits() - before).toBe(DAY / MINUTE);
    }));

  test("forward, with a CA whose clock is right: its certificates are refused with the reason, until the clock is right", () =>
    withCertificate([HOUR / SECOND, HOUR / SECOND, HOUR / SECOND], async ({ ca, clocks, made }) => {
      clocks.jump(2 * HOUR);
      clocks.pass(MINUTE);
      expect(made.changes).toEqual(["ROOTCA", "default"]);
      for (let request = 1; request <= 2; request++) {
        expect(await outcome(made.store.get("default"))).toMatch(
          /: the issued certificate expired at \S+Z; the clock of this machine is at/,
        );
        clocks.pass(10 * MINUTE);
        // Only a request of Envoy leads to another try.
        expect(ca.calls).toHaveLength(1 + request);
      }
      expect(made.log.filter((line) => line.startsWith("warn"))).toHaveLength(1);
      clocks.jump(-2 * HOUR);
      expect((await made.store.get("default")).kind).toBe("certificate");
      expect(made.changes).toEqual(["ROOTCA", "default"]);
    }));

  test("back: the certificate is replaced when it is due by the clock that counts", () =>
    withCertificate([HOUR / SECOND], async ({ ca, clocks, made }) => {
      clocks.jump(-DAY);
      clocks.pass(29 * MINUTE);
      expect(made.changes).toEqual(["ROOTCA"]);
      clocks.pass(2 * MINUTE);
      expect(made.changes).toEqual(["ROOTCA", "default"]);
      await made.store.get("default");
      expect(ca.calls).toHaveLength(2);
      // Its lifetime is a day too long by that clock; when the clock is right again, it is due.
      clocks.pass(5 * HOUR);
      expect(made.changes).toEqual(["ROOTCA", "default"]);
      clocks.jump(DAY);
      clocks.pass(MINUTE);
      expect(made.changes).toEqual(["ROOTCA", "default", "default"]);
    }));
});

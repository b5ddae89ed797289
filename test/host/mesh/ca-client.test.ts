import { afterEach, expect, jest, test } from "bun:test";
import { openCaClient } from "../../../src/host/mesh/ca-client.ts";
import type { CallHandler, GrpcConnection } from "../../../src/host/mesh/grpc.ts";
import { connectGrpc } from "../../../src/host/mesh/grpc-connection.ts";
import { startCounts } from "../../../src/mesh/counts.ts";
import { CODE } from "../../../src/mesh/grpc-status.ts";
import { openWaits } from "../../../src/mesh/silence.ts";
import { createAuthority } from "../../mesh/lab/authority.ts";
import { startScriptedAuthority } from "../../mesh/lab/scripted-authority.ts";
import { untilTurn } from "../../support/eventually.ts";
import { settled } from "./fake-call.ts";
import { caPlan, outcome, storeOf } from "./store-of.ts";

afterEach(() => void jest.useRealTimers());

const authority = await createAuthority();
/** A port where nobody listens. */
const CLOSED = 1;

test("a client that is closed while it waits for its next attempt makes none", async () => {
  const connections: GrpcConnection[] = [];
  let reads = 0;
  const client = openCaClient(caPlan(CLOSED), {
    connect(endpoint) {
      const connection = connectGrpc(endpoint, () => {});
      connections.push(connection);
      return connection;
    },
    token: {
      async read() {
        reads++;
        return "token";
      },
      close() {},
    },
    counts: startCounts(),
    waits: openWaits(),
  });
  const signed = outcome(client.sign("request"));
  await untilTurn(() => connections[0]?.isUsable() === false);
  await settled();
  client.close();
  expect(await signed).toContain("connection refused");
  expect({ reads, connections: connections.length }).toEqual({ reads: 1, connections: 1 });
});

test("a CA that stays silent is waited for once, and the other attempts of the call fail at once", async () => {
  const silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  jest.useFakeTimers();
  let dials = 0;
  const counts = startCounts();
  const client = openCaClient(caPlan(silent.port), {
    connect(endpoint) {
      dials++;
      return connectGrpc(endpoint, () => {});
    },
    token: { read: async () => "token", close() {} },
    counts,
    waits: openWaits(),
  });
  let seconds = 0;
  let problem: string | undefined;
  const signed = outcome(client.sign("request")).then((text) => {
    problem = String(text);
  });
  for (; problem === undefined && seconds < 60; seconds++) {
    await settled();
    jest.advanceTimersByTime(1_000);
    await settled();
  }
  await signed;
  client.close();
  silent.stop(true);
  expect(problem).toContain("within 20 s");
  expect(seconds).toBeLessThan(26);
  // One for the call, and one for the next.
  expect({ dials, retries: counts.outgoingRetries }).toEqual({ dials: 2, retries: 4 });
});

test("an invalid address is reported as it was set, with what is wrong", async () => {
  const plan = caPlan(0);
  const endpoint = { ...plan.endpoint, host: "https://ca", problem: "address https://ca: too many colons in address" };
  const client = openCaClient(
    { ...plan, endpoint },
    {
      connect: (each) => connectGrpc(each, () => {}),
      token: { read: async () => "token", close() {} },
      counts: startCounts(),
      waits: openWaits(),
    },
  );
  const signed = client.sign("request").catch((error: unknown) => error);
  client.close();
  expect(await signed).toMatchObject({
    problem:
      'CA "https://ca": UNAVAILABLE: connection error: desc = "transport: Error while dialing: dial tcp: address https://ca: too many colons in address"; write host:port, without https://',
  });
});

/** Returns a client whose calls are answered by hand, and how many of them it has cancelled. */
function answeredByHand({ token = async () => "token", waits = openWaits() } = {}) {
  const calls: CallHandler[] = [];
  let cancelled = 0;
  const connect = (): GrpcConnection => ({
    open(_, __, handler) {
      calls.push(handler);
      const cancel = () => {
        cancelled++;
        handler.ended({ code: CODE.CANCELLED, message: "" });
      };
      return { send: async () => {}, end() {}, cancel };
    },
    isUsable: () => true,
    wasReady: () => true,
    close() {},
  });
  const reader = { read: token, close() {} };
  const client = openCaClient(caPlan(CLOSED), { connect, token: reader, counts: startCounts(), waits });
  return { client, calls, cancelled: () => cancelled };
}

test("a call waits until it is answered, and a call that needs a token first does not wait yet", async () => {
  const clock = { now: 0 };
  const waits = openWaits(() => clock.now);
  const read = Promise.withResolvers<string>();
  const { client, calls } = answeredByHand({ token: () => read.promise, waits });
  const signed = outcome(client.sign("request"));
  clock.now = 10_000;
  await settled();
  expect(waits.silence()).toBeUndefined();
  read.resolve("token");
  await settled();
  clock.now = 14_999;
  expect(waits.silence()).toBeUndefined();
  clock.now = 15_000;
  expect(waits.silence()).toEqual({ text: "has accepted the connection, but has not answered for more than 5 s", isConnected: true });
  calls[0]?.ended({ code: CODE.PERMISSION_DENIED, message: "no" });
  await signed;
  expect(waits.silence()).toBeUndefined();
  client.close();
});

test("a CA whose connection breaks late is asked again in the same call: it may have been restarted", async () => {
  jest.useFakeTimers();
  const status = { code: CODE.UNAVAILABLE, message: "error reading from server: EOF" };
  let dials = 0;
  const connect = (): GrpcConnection => {
    let isUsable = true;
    dials++;
    return {
      open(_, __, handler) {
        setTimeout(() => {
          isUsable = false;
          handler.ended(status);
        }, 6_000);
        return { send: async () => {}, end() {}, cancel() {} };
      },
      isUsable: () => isUsable,
      wasReady: () => true,
      close() {},
    };
  };
  const client = openCaClient(caPlan(CLOSED), {
    connect,
    token: { read: async () => "token", close() {} },
    counts: startCounts(),
    waits: openWaits(),
  });
  void outcome(client.sign("request"));
  for (let seconds = 0; seconds < 20; seconds++) {
    await settled();
    jest.advanceTimersByTime(1_000);
  }
  client.close();
  expect(dials).toBeGreaterThanOrEqual(3);
});

test("that a CA holds a call is the reason why there is no certificate", async () => {
  await using ca = await startScriptedAuthority(authority, [{ kind: "hold" }]);
  jest.useFakeTimers();
  using made = storeOf(caPlan(ca.port));
  const secret = made.store.get("default");
  await untilTurn(() => ca.calls.length > 0);
  expect(made.store.reason()).toBeUndefined();
  jest.advanceTimersByTime(6_000);
  expect(made.store.reason()).toBe(`CA "127.0.0.1:${ca.port}" has accepted the connection, but has not answered for more than 5 s`);
  jest.useRealTimers();
  ca.release();
  expect((await secret).kind).toBe("certificate");
  expect(made.store.reason()).toBeUndefined();
});

test("an answer is awaited for two minutes", async () => {
  jest.useFakeTimers();
  const { client, calls, cancelled } = answeredByHand();
  const signed = outcome(client.sign("request"));
  await settled();
  jest.advanceTimersByTime(119_999);
  expect([calls.length, cancelled()]).toEqual([1, 0]);
  jest.advanceTimersByTime(1);
  expect(cancelled()).toBe(1);
  client.close();
  expect(await signed).toContain("no answer within 120 s");
});

test("a second answer of a call is an error", async () => {
  const { client, calls } = answeredByHand();
  const signed = outcome(client.sign("request"));
  await settled();
  for (const _ of [1, 2]) calls[0]?.message([new Uint8Array()]);
  client.close();
  expect(await signed).toContain("more than one answer to a call that has one");
});

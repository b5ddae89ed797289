import { afterEach, expect, jest, test } from "bun:test";
import { openCaClient } from "../../../src/host/mesh/ca-client.ts";
import type { GrpcConnection } from "../../../src/host/mesh/grpc.ts";
import { connectGrpc } from "../../../src/host/mesh/grpc-connection.ts";
import { startCounts } from "../../../src/mesh/counts.ts";
import { CODE } from "../../../src/mesh/grpc-status.ts";
import { untilTurn } from "../../support/eventually.ts";
import { settled } from "./fake-call.ts";
import { caPlan, outcome } from "./store-of.ts";

afterEach(() => void jest.useRealTimers());

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
    },
  );
  const signed = client.sign("request").catch((error: unknown) => error);
  client.close();
  expect(await signed).toMatchObject({
    problem:
      'CA "https://ca": UNAVAILABLE: connection error: desc = "transport: Error while dialing: dial tcp: address https://ca: too many colons in address"; write host:port, without https://',
  });
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
  const client = openCaClient(caPlan(CLOSED), { connect, token: { read: async () => "token", close() {} }, counts: startCounts() });
  void outcome(client.sign("request"));
  for (let seconds = 0; seconds < 20; seconds++) {
    await settled();
    jest.advanceTimersByTime(1_000);
  }
  client.close();
  expect(dials).toBeGreaterThanOrEqual(3);
});

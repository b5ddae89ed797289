import { expect, test } from "bun:test";
import { openCaClient } from "../../../src/host/mesh/ca-client.ts";
import type { GrpcConnection } from "../../../src/host/mesh/grpc.ts";
import { connectGrpc } from "../../../src/host/mesh/grpc-connection.ts";
import { startCounts } from "../../../src/mesh/counts.ts";
import { untilTurn } from "../../support/eventually.ts";
import { settled } from "./fake-call.ts";
import { caPlan, outcome } from "./store-of.ts";

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

import { afterEach, describe, expect, test } from "bun:test";
import { CODE } from "../../../../src/mesh/grpc-status.ts";
import { eventually } from "../../../support/eventually.ts";
import { bytes, closeAll, dial, echo, openOn, serve } from "./servers.ts";

afterEach(closeAll);

describe("a gRPC connection", () => {
  test("calls a foreign server, in order, before and after it is connected", async () => {
    const { call, received, ended } = openOn(dial(await serve(echo)));
    call.send(bytes("one"));
    call.send([]);
    await eventually(() => received.length === 2 || undefined);
    await call.send([...bytes("th"), ...bytes("ree")]);
    call.end();
    expect(await ended).toMatchObject({ code: CODE.OK });
    expect(received).toEqual(["one", "", "three"]);
  });

  test("passes large messages both ways", async () => {
    const { call, received, ended } = openOn(dial(await serve(echo)));
    const large = "0123456789".repeat(900_000);
    await call.send(bytes(large));
    call.end();
    expect(await ended).toMatchObject({ code: CODE.OK });
    expect(received.map((each) => each === large)).toEqual([true]);
  });

  test("sends its headers", async () => {
    let metadata: unknown;
    const port = await serve((stream) => {
      metadata = stream.metadata.getMap();
      stream.end();
    });
    await openOn(dial(port), [
      ["authorization", "Bearer x"],
      ["clusterid", "Kubernetes"],
    ]).ended;
    expect(metadata).toMatchObject({
      authorization: "Bearer x",
      clusterid: "Kubernetes",
      "user-agent": expect.stringMatching(/^attache\//),
    });
  });

  test("sends a header with several values, and of a header that there must be once the first one", async () => {
    const metadata: unknown[] = [];
    const port = await serve((stream) => {
      metadata.push(["authorization", "clusterid", "date", "x", "x-bin"].map((name) => stream.metadata.get(name).map(String)));
      stream.end();
    });
    const connection = dial(port);
    const own = [
      ["clusterid", "Kubernetes"],
      ["clusterid", "other"],
      ["authorization", "Basic user"],
      ["date", "1"],
      ["date", "2"],
      ["x", "1"],
      ["x", ""],
      ["x", "3"],
      ["x-bin", "w6k"],
      ["__proto__", "1"],
    ] as const;
    await openOn(connection, [["authorization", "Bearer token"], ...own]).ended;
    await openOn(connection, own).ended;
    const rest = [["Kubernetes, other"], ["1"], ["1, , 3"], ["\u00e9"]];
    expect(metadata).toEqual([
      [["Bearer token"], ...rest],
      [["Basic user"], ...rest],
    ]);
  });

  test("delivers what came before a status", async () => {
    const port = await serve((stream) => {
      stream.write(Buffer.from("x"));
      stream.emit("error", { code: CODE.PERMISSION_DENIED, details: "nö 100 %" });
    });
    const { received, ended } = openOn(dial(port));
    expect(await ended).toEqual({ code: CODE.PERMISSION_DENIED, message: "nö 100 %" });
    expect(received).toEqual(["x"]);
  });

  test("gets the status of a method that is unknown", async () => {
    expect(await openOn(dial(await serve(echo)), [], "/test.Test/Other").ended).toMatchObject({ code: CODE.UNIMPLEMENTED });
  });

  test("refuses a message above the limit", async () => {
    const { call, ended } = openOn(dial(await serve(echo), { options: { maxMessage: 2 } }));
    call.send(bytes("xxx"));
    expect(await ended).toEqual({ code: CODE.RESOURCE_EXHAUSTED, message: "grpc: received message larger than max (3 vs. 2)" });
  });
});

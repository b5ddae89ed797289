import { afterEach, describe, expect, test } from "bun:test";
import { CODE, type GrpcStatus } from "../../../../src/mesh/grpc-status.ts";
import { eventually, unchanging } from "../../../support/eventually.ts";
import { closeAll, dial, openOn, PATH, type Stream, serve } from "./servers.ts";

afterEach(closeAll);

describe("a gRPC connection", () => {
  test("does not read on while a message is handled", async () => {
    let written = 0;
    const port = await serve((stream) => {
      const write = () => {
        if (written === 200) stream.end();
        else
          stream.write(Buffer.alloc(100_000), () => {
            written += 1;
            write();
          });
      };
      write();
    });
    const release = Promise.withResolvers<void>();
    let handled = 0;
    const { promise, resolve } = Promise.withResolvers<GrpcStatus>();
    dial(port).open(PATH, [], {
      async message() {
        handled += 1;
        if (handled === 1) await release.promise;
      },
      ended: resolve,
    });
    await eventually(() => handled === 1 || undefined);
    expect(await unchanging(() => written)).toBeLessThan(40);
    release.resolve();
    expect(await promise).toMatchObject({ code: CODE.OK });
    expect(handled).toBe(200);
  });

  test("waits for a server that does not read", async () => {
    const reading = Promise.withResolvers<Stream>();
    let received = 0;
    const port = await serve((stream) => {
      stream.on("data", () => {
        received += 1;
        if (received > 1) return;
        stream.pause();
        reading.resolve(stream);
      });
      stream.on("end", () => stream.end());
    });
    const { call, ended } = openOn(dial(port));
    let sent = 0;
    const all = (async () => {
      for (; sent < 200; sent += 1) await call.send([Buffer.alloc(100_000)]);
      call.end();
    })();
    const stream = await reading.promise;
    expect(await unchanging(() => sent)).toBeLessThan(100);
    stream.resume();
    await all;
    expect(await ended).toMatchObject({ code: CODE.OK });
    expect(received).toBe(200);
  });
});

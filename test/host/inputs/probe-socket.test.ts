import { afterAll, afterEach, beforeEach, expect, jest, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { probeSocket } from "../../../src/host/inputs/probe-socket.ts";
import { startGrpcServer } from "../../support/grpc-wire.ts";

const directory = mkdtempSync(join(tmpdir(), "attache-socket-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
// Time passes only where a test says so.
beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test("a socket with a gRPC server is healthy", async () => {
  const path = join(directory, "grpc");
  const server = await startGrpcServer(path, () => {});
  expect(await probeSocket(path)).toBe("healthy");
  server.close();
});

test("a server may send its first frame in any parts", async () => {
  const path = join(directory, "parts");
  const frame = Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0);
  using server = Bun.listen({
    unix: path,
    socket: {
      async open(socket) {
        for (const byte of frame) {
          socket.write(Uint8Array.of(byte));
          socket.flush();
          await new Promise<void>((resolve) => void setImmediate(() => setImmediate(resolve)));
        }
      },
      data() {},
    },
  });
  expect(server.unix).toBe(path);
  expect(await probeSocket(path)).toBe("healthy");
});

test("a socket with another server is not healthy, nor a missing one", async () => {
  const path = join(directory, "http");
  using server = Bun.serve({ unix: path, fetch: () => new Response("ok") });
  expect(server.url).toBeDefined();
  expect(await probeSocket(path)).toBe("unresponsive");
  expect(await probeSocket(join(directory, "missing"))).toBe("unresponsive");
});

import { afterAll, afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import * as http2 from "node:http2";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveGrpc } from "../../../src/host/mesh/grpc-server.ts";
import { listenOnSocket } from "../../../src/host/mesh/listen-on-socket.ts";
import { SDS_RULES } from "../../../src/host/mesh/sds-server.ts";
import type { Keepalive } from "../../../src/mesh/mesh-plan.ts";
import { untilTrue } from "../../support/eventually.ts";

const directory = mkdtempSync(join(tmpdir(), "keepalive-"));
const opened: { readonly close: () => void }[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function listen(name: string, keepalive?: Keepalive): string {
  const path = join(directory, name);
  const listening = listenOnSocket(path);
  if (listening.kind === "failed") throw new Error(listening.problem);
  const accept = () => ({ message: async () => {}, halfClosed: () => {}, ended: () => {} });
  opened.push(
    serveGrpc(listening.descriptor, { maxMessage: 1_000, maxStreams: 10, descriptors: 1, ...(keepalive && { keepalive }) }, accept),
  );
  return path;
}

/** Connects, and counts the PING frames of the server. */
function pingsFrom(path: string): () => number {
  const session = http2.connect("http://localhost", { createConnection: () => connect(path) });
  session.on("error", () => {});
  opened.push({ close: () => session.destroy() });
  let count = 0;
  session.on("ping", () => count++);
  return () => count;
}

test("a server with a keepalive pings its clients, and one without does not (recorded: whole/idle_keepalive)", async () => {
  const [xds, sds] = [pingsFrom(listen("xds", { interval: 20, timeout: 30_000 })), pingsFrom(listen("sds"))];
  await untilTrue(() => xds() >= 5);
  expect(sds()).toBe(0);
  expect(SDS_RULES).not.toHaveProperty("keepalive");
});

test("a client that does not answer a ping is disconnected", async () => {
  const path = listen("silent", { interval: 20, timeout: 20 });
  let isClosed = false;
  const socket = connect(path, () => socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"));
  socket.on("error", () => {});
  socket.on("data", () => {});
  socket.on("close", () => {
    isClosed = true;
  });
  await untilTrue(() => isClosed);
});

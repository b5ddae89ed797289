import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { metadataText } from "./cases.ts";
import type { Spec } from "./launcher.ts";

/** An empty HTTP/2 SETTINGS frame. */
const SETTINGS = "\0\0\0\x04\0\0\0\0\0";

// What a case needs beside the agent, inside the case's network: a cloud's metadata service, Unix sockets. Ends with the agent, whose
// process began it, and by itself.
const root = process.argv[2] ?? "";
const { recorded }: Spec = JSON.parse(readFileSync(join(root, "spec.json"), "utf8"));
const { http, sockets = [], deadsockets = [] } = recorded;
if (http !== undefined) {
  const [hostname = "", port] = http.listen.split(":");
  Bun.serve({
    hostname,
    port: Number(port),
    fetch(request) {
      const text = metadataText(http, new URL(request.url));
      const headers = http.noflavor ? {} : { "Metadata-Flavor": "Google" };
      return new Response(text ?? "not found\n", { status: text === undefined ? 404 : 200, headers });
    },
  });
}
await Promise.all([...sockets.map((name) => listenOn(name, true)), ...deadsockets.map((name) => listenOn(name, false))]);
writeFileSync(join(root, "serving"), "");
const agent = process.ppid;
setInterval(() => process.ppid === agent || process.exit(), 100);
setTimeout(() => process.exit(), 20_000);

/** A socket file remains after its server has closed, if the server opened it under another name. */
async function listenOn(name: string, answers: boolean): Promise<void> {
  const path = join(root, "w", name);
  mkdirSync(dirname(path), { recursive: true });
  const server = createServer((socket) => socket.on("error", () => {}).write(SETTINGS, "latin1"));
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(`${path}.new`, resolve);
  await promise;
  renameSync(`${path}.new`, path);
  if (!answers) server.close();
}

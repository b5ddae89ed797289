import { startLoad } from "../../support/load.ts";

// Sends requests to the address of a service continuously. GET /progress returns the progress, POST /stop ends it with a report.
const [url = ""] = process.argv.slice(2);
const load = startLoad({ urls: [url], keepAlive: 12, fresh: 4, slow: [{ path: "/slow", seconds: 2 }] });
Bun.serve({
  hostname: "0.0.0.0",
  port: 9000,
  idleTimeout: 60,
  async fetch(request) {
    return Response.json(new URL(request.url).pathname === "/stop" ? await load.stop() : load.progress());
  },
});
process.on("SIGTERM", () => process.exit(0));

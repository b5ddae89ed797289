import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "./launcher.ts";

// A cloud's metadata server as a case describes it, inside the case's network; ends by itself.
const root = process.argv[2] ?? "";
const { recorded }: Spec = JSON.parse(readFileSync(join(root, "spec.json"), "utf8"));
const [hostname = "", port] = recorded.http?.listen.split(":") ?? [];
const routes = recorded.http?.routes ?? {};
Bun.serve({
  hostname,
  port: Number(port),
  fetch(request) {
    const text = routes[new URL(request.url).pathname] ?? routes["*"];
    return new Response(text ?? "not found\n", { status: text === undefined ? 404 : 200, headers: { "Metadata-Flavor": "Google" } });
  },
});
writeFileSync(join(root, "serving"), "");
setTimeout(() => process.exit(), 20_000);

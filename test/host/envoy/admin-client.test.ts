import { afterEach, expect, test } from "bun:test";
import { openAdminClient } from "../../../src/host/envoy/admin-client.ts";
import { freePort, later, scripted, stopAll } from "../status/status-port.ts";

afterEach(stopAll);

const at = (port: number) => ({ host: "127.0.0.1", port });

test("a request has the method, the path and a new connection, and its response is returned unchanged", async () => {
  const seen: string[] = [];
  const port = scripted((request) => {
    seen.push(`${request.method} ${new URL(request.url).pathname}${new URL(request.url).search} ${request.headers.get("connection")}`);
    return new URL(request.url).pathname === "/moved" ? Response.redirect("/there", 302) : new Response("text", { status: 503 });
  });
  const admin = openAdminClient(at(port));
  expect(await admin("POST", "/drain_listeners?graceful", 5_000)).toEqual({ kind: "answer", status: 503, text: "text" });
  expect(await admin("GET", "/moved", 5_000)).toMatchObject({ kind: "answer", status: 302 });
  expect(seen).toEqual(["POST /drain_listeners?graceful close", "GET /moved close"]);
});

test("a proxy from the environment is not used", async () => {
  const proxy = scripted(() => new Response("from the proxy"));
  const port = scripted(() => new Response("from Envoy"));
  const { HTTP_PROXY, http_proxy } = process.env;
  Object.assign(process.env, { HTTP_PROXY: `http://127.0.0.1:${proxy}`, http_proxy: `http://127.0.0.1:${proxy}` });
  try {
    expect(await openAdminClient(at(port))("GET", "/", 5_000)).toMatchObject({ text: "from Envoy" });
  } finally {
    Object.assign(process.env, { HTTP_PROXY: HTTP_PROXY ?? "", http_proxy: http_proxy ?? "" });
  }
});

test("a missing Envoy differs from one that takes too long", async () => {
  const port = freePort();
  expect(await openAdminClient(at(port))("GET", "/", 5_000)).toEqual({
    kind: "failed",
    reason: expect.stringMatching(new RegExp(`^http://127\\.0\\.0\\.1:${port} did not answer: connection refused$`)),
  });
  const silent = later(Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } })).port;
  expect(await openAdminClient(at(silent))("GET", "/", 100)).toEqual({
    kind: "unknown",
    reason: `http://127.0.0.1:${silent} did not answer within 0.1 s`,
  });
});

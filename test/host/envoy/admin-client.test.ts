import { afterEach, describe, expect, test } from "bun:test";
import { type AdminAnswer, countConnections, drainListeners, openAdminClient } from "../../../src/host/envoy/admin-client.ts";
import { trackTimers } from "../../../src/host/track-timers.ts";
import type { Event } from "../../../src/supervisor/state.ts";
import { RULES } from "../../supervisor/support.ts";
import { eventually } from "../../support/eventually.ts";
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

test("the limit of a request that was answered leaves no timer", async () => {
  const port = scripted(() => new Response("text"));
  const timers = trackTimers();
  try {
    expect(await openAdminClient(at(port))("GET", "/", 5_000)).toMatchObject({ kind: "answer" });
    expect(timers.untilNext()).toBe(Number.POSITIVE_INFINITY);
  } finally {
    timers.forget();
  }
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
    error: expect.objectContaining({ code: "ECONNREFUSED" }),
  });
  const silent = later(Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } })).port;
  expect(await openAdminClient(at(silent))("GET", "/", 100)).toEqual({
    kind: "late",
    reason: `http://127.0.0.1:${silent} did not answer within 0.1 s`,
  });
});

describe("an answer that is needed up to a mark", () => {
  test.each<[string, readonly string[], string]>([
    ["is cut there", ["first, rest", "further"], "first"],
    ["that comes in two pieces", ["first, r", "est"], "first"],
    ["is text of more than one byte before", ["f\u00fcrst\u20ac", ", rest"], "f\u00fcrst\u20ac"],
    ["is whole without it", ["first", ", end"], "first, end"],
    ["is long", [`${"f".repeat(200_000)}, rest`, "r".repeat(200_000)], "f".repeat(200_000)],
    ["is empty", [", rest"], ""],
  ])("%s", async (_, pieces, text) => {
    const port = scripted(() => new Response(new Blob([...pieces]).stream()));
    const admin = openAdminClient(at(port));
    for (let time = 0; time < 3; time++) expect(await admin("GET", "/", 5_000, ", rest")).toEqual({ kind: "answer", status: 200, text });
  });

  test("that never ends", async () => {
    let isCut = false;
    const endless = () =>
      new ReadableStream({
        pull: (controller) => controller.enqueue("first, rest and so on"),
        cancel() {
          isCut = true;
        },
      });
    const port = scripted(() => new Response(endless()));
    expect(await openAdminClient(at(port))("GET", "/", 5_000, ", rest")).toMatchObject({ text: "first" });
    await eventually(() => (isCut ? true : undefined));
  });
});

/** The event after a response, and the request with its timeout in milliseconds. */
async function heard(ask: typeof drainListeners | typeof countConnections, answer: AdminAnswer): Promise<readonly [Event, string]> {
  let asked = "";
  const admin = async (method: string, path: string, limit: number) => {
    asked = `${method} ${path} ${limit}`;
    return answer;
  };
  const drain = { ...RULES.drain, countPath: "/stats?filter=active", ownPorts: [15021] };
  return [ask === drainListeners ? await drainListeners(admin, "/drain_listeners?graceful") : await countConnections(admin, drain), asked];
}

const text = (count: number) => `listener.0.0.0.0_80.downstream_cx_active: ${count}\nlistener.0.0.0.0_15021.downstream_cx_active: 5\n`;

test.each<[AdminAnswer, Event]>([
  [{ kind: "answer", status: 200, text: "OK" }, { kind: "drained" }],
  [
    { kind: "failed", reason: "connection refused", error: undefined },
    { kind: "drained", problem: "connection refused", isLate: false },
  ],
  [
    { kind: "late", reason: "no answer within 5 s" },
    { kind: "drained", problem: "no answer within 5 s", isLate: true },
  ],
])("drainListeners after %j", async (answer, event) => {
  expect(await heard(drainListeners, answer)).toEqual([event, "POST /drain_listeners?graceful 5000"]);
});

test.each<[AdminAnswer, Event]>([
  [
    { kind: "answer", status: 200, text: text(3) },
    { kind: "counted", connections: 3 },
  ],
  [
    { kind: "answer", status: 200, text: "" },
    { kind: "counted", connections: "none" },
  ],
  [
    { kind: "failed", reason: "connection refused", error: undefined },
    { kind: "counted", connections: "failed" },
  ],
  [
    { kind: "late", reason: "no answer within 2 s" },
    { kind: "counted", connections: "unknown" },
  ],
])("countConnections after %j", async (answer, event) => {
  expect(await heard(countConnections, answer)).toEqual([event, "GET /stats?filter=active 2000"]);
});

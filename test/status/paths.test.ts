import { describe, expect, test } from "bun:test";
import { type Found, findRoute, route } from "../../src/status/route.ts";
import { NEW, OLD, planOf, ROUTES } from "./plan.ts";

const shown = (found: Found): string =>
  found.kind === "route"
    ? `${found.route.endpoint} ${found.path}?${found.query}`
    : found.kind === "redirect"
      ? `-> ${found.location}`
      : found.kind;

describe("paths", () => {
  test.each([
    ["/healthz/ready", "ready /healthz/ready?", "ready /healthz/ready?"],
    ["/healthz/ready?a=b", "ready /healthz/ready?a=b", "ready /healthz/ready?a=b"],
    ["/healthz/%72eady", "ready /healthz/ready?", "ready /healthz/ready?"],
    ["/healthz/%2572eady", "missing", "missing"],
    ["/healthz%2Fready", "ready /healthz/ready?", "missing"],
    ["/healthz%2fready", "ready /healthz/ready?", "missing"],
    ["//healthz/ready", "-> /healthz/ready", "-> /healthz/ready"],
    ["/healthz/./ready?x", "-> /healthz/ready?x", "-> /healthz/ready?x"],
    ["/a/../healthz/ready", "-> /healthz/ready", "-> /healthz/ready"],
    ["/../../healthz/ready", "-> /healthz/ready", "-> /healthz/ready"],
    // Redirects of net/http's ServeMux, with GODEBUG=httpmuxgo121=1 and without.
    ["//a%3Fb", "-> /a%3Fb", "-> /a%253Fb"],
    ["//a%25b", "-> /a%25b", "-> /a%2525b"],
    ["//healthz/%72eady", "-> /healthz/ready", "-> /healthz/%2572eady"],
    ["//a%20b", "-> /a%20b", "-> /a%2520b"],
    ["//%C3%A4?%3F", "-> /%C3%A4?%3F", "-> /%25C3%25A4?%3F"],
    ["//a%2Fb", "-> /a/b", "-> /a%252Fb"],
    ["//a!b(c)*'d", "-> /a%21b%28c%29%2A%27d", "-> /a%21b%28c%29%2A%27d"],
    ["//a[b]", "-> /a%5Bb%5D", "-> /a%5Bb%5D"],
    ["//a$&+,:;=@-_.~b", "-> /a$&+,:;=@-_.~b", "-> /a$&+,:;=@-_.~b"],
    ["//a%21b", "-> /a%21b", "-> /a%2521b"],
    ["//a|b^c", "-> /a%7Cb%5Ec", "-> /a%257Cb%255Ec"],
    ["//healthz//%2e%2e/a", "-> /a", "-> /healthz/%252e%252e/a"],
    ["//app-health", "-> /app-health/", "-> /app-health/"],
    ["//app%2Dhealth", "-> /app-health/", "-> /app-health/"],
    ["/app%2Dhealth?x", "-> /app-health/?x", "-> /app-health/?x"],
    ["/healthz/ready/", "missing", "missing"],
    ["/Healthz/ready", "missing", "missing"],
    ["/healthz", "missing", "missing"],
    ["/", "missing", "missing"],
    ["/app-health", "-> /app-health/", "-> /app-health/"],
    ["/app-health/", "probe /app-health/?", "probe /app-health/?"],
    ["/app-health/web/readyz", "probe /app-health/web/readyz?", "probe /app-health/web/readyz?"],
    ["/app-health/%C3%A4/readyz", "probe /app-health/ä/readyz?", "probe /app-health/ä/readyz?"],
    ["/app-health/\u00c3\u00a4/readyz", "probe /app-health/ä/readyz?", "probe /app-health/ä/readyz?"],
    ["http://elsewhere/healthz/ready", "ready /healthz/ready?", "ready /healthz/ready?"],
    ["http://elsewhere", "missing", "missing"],
    ["http://elsewhere?a", "missing", "missing"],
    ["?a", "malformed", "malformed"],
    ["/healthz/%zz", "malformed", "malformed"],
    ["healthz/ready", "malformed", "malformed"],
    ["*", "malformed", "malformed"],
  ])("%s: %s before, %s today", (target, before, today) => {
    expect(shown(findRoute(target, "GET", ROUTES, OLD))).toBe(before);
    expect(shown(findRoute(target, "GET", ROUTES, NEW))).toBe(today);
  });
});

describe("who may call what", () => {
  test.each([
    ["POST", "/quitquitquit", "127.0.0.1", "quit"],
    ["POST", "/quitquitquit", "::ffff:127.0.0.77", "quit"],
    ["POST", "/quitquitquit", "::1", "quit"],
    ["POST", "/quitquitquit", "10.0.0.1", 403],
    ["GET", "/quitquitquit", "10.0.0.1", 403],
    ["GET", "/quitquitquit", "127.0.0.1", 405],
    ["DELETE", "/healthz/ready", "10.0.0.1", "ready"],
    ["OPTIONS", "*", "10.0.0.1", 200],
    ["GET", "*", "10.0.0.1", 400],
    ["GET", "//quitquitquit", "10.0.0.1", 307],
  ] as const)("%s %s from %s: %p", (method, target, peer, expected) => {
    const routed = route({ method, target, minor: 1, headers: [] }, peer, planOf({}));
    expect("reply" in routed ? routed.reply.status : routed.endpoint).toBe(expected);
  });
});

describe("the content of a response", () => {
  const replyTo = (method: string, target: string, peer = "10.0.0.1") => {
    const routed = route({ method, target, minor: 1, headers: [] }, peer, planOf({}));
    return "reply" in routed ? [routed.reply.status, routed.reply.body, ...routed.reply.headers.map(([name]) => name)] : [];
  };
  test.each([
    [
      "GET",
      "/a//b?c=<i>&d='\"",
      [307, '<a href="/a/b?c=&lt;i&gt;&amp;d=&#39;&#34;">Temporary Redirect</a>.\n\n', "Location", "Content-Type"],
    ],
    ["POST", "/a//b", [307, "", "Location"]],
    ["GET", "/%zz", [400, "400 Bad Request", "Content-Type"]],
    ["HEAD", "/a//b", [307, '<a href="/a/b">Temporary Redirect</a>.\n\n', "Location", "Content-Type"]],
    ["GET", "*", [400, ""]],
    // Recorded: unknown-path, quit-not-loopback-get, quit-get.
    ["GET", "/none", [404, "404 page not found\n", "Content-Type", "X-Content-Type-Options"]],
    ["POST", "/drain", [403, "Only requests from localhost are allowed\n", "Content-Type", "X-Content-Type-Options"]],
  ])("%s %s", (method, target, expected) => {
    expect(replyTo(method, target)).toEqual(expected);
  });
  test("GET /drain from this machine", () => {
    expect(replyTo("GET", "/drain", "127.0.0.1")).toEqual([405, "Method Not Allowed\n", "Content-Type", "X-Content-Type-Options"]);
  });
});

import { expect, test } from "bun:test";
import { bytesOfText } from "../../src/go/bytes.ts";
import { requestTarget, urlText } from "../../src/go/url.ts";
import { headersOf } from "../../src/http/redirects.ts";
import { SUBSTITUTES } from "../../src/status/media-types.ts";
import { acceptsFor, scrapeRequest } from "../../src/status/scrape-request.ts";
import { planOf } from "./plan.ts";

const rules = planOf({}).metrics;

test.each([
  ["", "/"],
  ["?a", "/?a"],
  ["/a b#c", "/a%20b"],
  ["/é", "/%C3%A9"],
  ["/a/../b", "/a/../b"],
  ["a", undefined],
  ["/%zz", undefined],
  ["@evil/", undefined],
])("the path %j is sent as %p", (path, target) => {
  const request = scrapeRequest("80", bytesOfText(path), "", []);
  expect(request.ok ? requestTarget(request.value.url) : undefined).toBe(target);
});

test.each([
  ["8080", "http://localhost:8080/m"],
  ["080", "http://localhost:080/m"],
  ["0", undefined],
  ["65536", undefined],
  ["0x50", undefined],
  [" 80", undefined],
  ["http", undefined],
  ["80@evil:1", undefined],
])("the port %j: %p", (port, expected) => {
  const request = scrapeRequest(port, "/m", "", []);
  expect(request.ok ? urlText(request.value.url) : undefined).toBe(expected);
});

test("non-empty headers of the caller are passed on", () => {
  const sent = (accept: string, caller: readonly (readonly [string, string])[]) => {
    const request = scrapeRequest("80", "/", accept, caller);
    return request.ok ? headersOf(request.value) : request.error;
  };
  const caller = [
    ["accept", "*/*"],
    ["user-agent", ""],
    ["x-prometheus-scrape-timeout-seconds", "soon"],
    ["cookie", "a"],
  ] as const;
  const time = ["X-Prometheus-Scrape-Timeout-Seconds", "soon"] as const;
  expect(sent("text/plain", caller)).toEqual([["Host", "localhost:80"], ["Accept", "text/plain"], time]);
  expect(sent("", [["user-agent", "Prometheus/3"]])).toEqual([
    ["Host", "localhost:80"],
    ["User-Agent", "Prometheus/3"],
  ]);
  expect(sent("", [])).toEqual([["Host", "localhost:80"]]);
});

test("wildcards are replaced for Envoy first, then for the application, if any", () => {
  const application = { port: "80", path: "/" };
  const of = (changes: Partial<typeof rules>) => {
    const { envoy, application, substitutes } = acceptsFor([["Accept", "*,text/plain"]], { ...rules, ...changes }, SUBSTITUTES);
    return [envoy, application, substitutes.plain.parameters.get("q")];
  };
  const both = "text/plain; q=0.2; version=0.0.4,text/plain; q=0.1";
  expect(of({ narrowsAccept: false, negotiates: false, envoyPort: 1, application })).toEqual(["*,text/plain", "*,text/plain", undefined]);
  expect(of({ envoyPort: 1, application })).toEqual([both, both, "0.2"]);
  expect(of({ envoyPort: 1 })).toEqual([both, "*,text/plain", "0.2"]);
  expect(of({ application })).toEqual(["*,text/plain", both, "0.2"]);
  expect(of({})).toEqual(["*,text/plain", "*,text/plain", undefined]);
});

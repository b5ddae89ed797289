import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ConfigError } from "../../src/common/errors.ts";
import { jsonFault } from "../../src/go/json-fault.ts";
import { headersOf } from "../../src/http/redirects.ts";
import { probeRequest } from "../../src/status/probe-request.ts";
import { type ProberContract, parseProbers } from "../../src/status/probers.ts";
import { parseScrapeAnnotations } from "../../src/status/scrape-annotations.ts";
import { planOf } from "./plan.ts";

const CONTRACT: ProberContract = {
  path: "^/app-health/[^/]+/(livez|readyz)$",
  kinds: ["httpGet", "tcpSocket", "grpc"],
  addsSlash: true,
  hostHeaders: ["Host", ":authority"],
};
const PATH = "/app-health/web/readyz";
const one = (prober: unknown) => JSON.stringify({ [PATH]: prober });

describe("probers", () => {
  test.each([
    [{ httpGet: { path: "/ok", port: 80 } }, { kind: "http", scheme: "http", port: 80, path: "/ok", timeoutSeconds: 0 }],
    [
      { httpget: { PATH: "ok", Port: 80, scheme: "HTTPS" }, TimeoutSeconds: 3 },
      { kind: "http", scheme: "https", port: 80, path: "/ok", timeoutSeconds: 3 },
    ],
    [
      {
        httpGet: {
          port: 80,
          httpHeaders: [
            { name: "host", value: "a" },
            { name: "Host", value: "b" },
          ],
        },
      },
      { kind: "http", scheme: "http", port: 80, path: "/", host: "b", timeoutSeconds: 0 },
    ],
    [
      { httpGet: null, tcpSocket: { port: 1 }, periodSeconds: "x" },
      { kind: "tcp", port: 1, timeoutSeconds: 0 },
    ],
    [{ gRPC: { port: 5, service: null } }, { kind: "grpc", port: 5, service: "", timeoutSeconds: 0 }],
  ])("%j is read", (prober, expected) => {
    expect(parseProbers(one(prober), CONTRACT)[PATH]).toEqual(expected as never); // compared as data
  });

  test.each([
    ["{", "line 1, column 2"],
    ['{"a": 1,\n  b}', "line 2, column 3"],
    ["[]", "must be an object: current value is []"],
    ['"x"', 'must be an object: current value is "x"'],
    [one(null), "exactly one of"],
    [one({ timeoutSeconds: 1 }), "exactly one of"],
    [one({ tcpSocket: { port: 1 }, grpc: { port: 1 } }), "exactly one of"],
    [one({ httpGet: { port: "http" } }), 'must be a number: current value is "http"'],
    [one({ httpGet: { port: 1.5 } }), "must be a 32-bit integer"],
    [one({ httpGet: { port: 2 ** 31 } }), "must be a 32-bit integer"],
    [one({ httpGet: { port: 1 }, timeoutSeconds: "1" }), 'timeoutSeconds must be a number: current value is "1"'],
    ['{"/x": {"tcpSocket": {"port": 1}}}', "/x is not a probe path"],
    ["[]", "Cannot use ISTIO_KUBE_APP_PROBERS: "],
    [one({ httpGet: { port: 1, host: 5 } }), "httpGet > host must be a string: current value is 5"],
    [one({ tcpSocket: { port: 1, host: [] } }), "tcpSocket > host must be a string: current value is []"],
    [one({ httpGet: { port: 1, scheme: 1 } }), "httpGet > scheme must be a string"],
    [one({ httpGet: { port: 1, httpHeaders: {} } }), "httpGet > httpHeaders must be a list: current value is {}"],
    [one({ httpGet: { port: 1, httpHeaders: [1] } }), "httpGet > httpHeaders > 0 must be an object: current value is 1"],
    [one({ grpc: { port: 1, service: 2 } }), "grpc > service must be a string: current value is 2"],
    ['{"/app-health/web/other": {"tcpSocket": {"port": 1}}}', "is not a probe path"],
  ])("%j is refused", (text, reason) => {
    expect(() => parseProbers(text, CONTRACT)).toThrow(reason);
  });

  test("a header's value has the header's name, so secrets are masked", () => {
    const text = one({ httpGet: { port: 1, httpHeaders: [{ name: "Authorization", value: ["Basic dTpw"] }] } });
    expect(() => parseProbers(text, CONTRACT)).toThrow(/httpHeaders > 0 > value must be a string: current value is (?!.*dTpw)/);
  });

  test("all problems are reported together", () => {
    const text = JSON.stringify({ "/x": {}, [PATH]: { httpGet: { port: "p" }, timeoutSeconds: true } });
    expect(() => parseProbers(text, CONTRACT)).toThrow(
      /is not a probe path[\s\S]*exactly one[\s\S]*current value is true[\s\S]*must be a number/,
    );
  });

  test("any text is parsed or rejected", () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"${PATH}": ${json}}`),
      fc.json().map((json) => `{"${PATH}": {"httpGet": ${json}}}`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        for (const read of [() => parseProbers(text, CONTRACT), () => parseScrapeAnnotations(text)])
          try {
            read();
          } catch (error) {
            if (!(error instanceof ConfigError)) throw error;
          }
      }),
      { numRuns: 1_000, seed: 20_261_125 },
    );
  });
});

test("a text is JSON exactly if no error is found", () => {
  const isJson = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  const broken = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", "}", "]", '"', ":", "x", "\n", "\u0001", "1"))
    .map(([json, at, insert]) => {
      const where = at % (json.length + 1);
      return json.slice(0, where) + insert + json.slice(where + 1);
    });
  fc.assert(
    fc.property(fc.oneof(fc.json(), broken), (text) => (jsonFault(text) === undefined) === isJson(text)),
    { numRuns: 2_000, seed: 20_261_125 },
  );
});

test.each([
  ["{}", { scrape: "", port: "80", path: "/metrics" }],
  ['{"scrape": "true", "port": "", "path": "/m"}', { scrape: "true", port: "80", path: "/m" }],
  ['{"PORT": "1", "path": null}', { scrape: "", port: "1", path: "/metrics" }],
])("annotations %s", (text, expected) => {
  expect(parseScrapeAnnotations(text)).toEqual(expected);
});

test.each([
  ["{", "Cannot use ISTIO_PROMETHEUS_ANNOTATIONS: it is not JSON"],
  ["[]", "Cannot use ISTIO_PROMETHEUS_ANNOTATIONS: must be an object: current value is []"],
  ['{"port": 1}', "Cannot use ISTIO_PROMETHEUS_ANNOTATIONS: port must be a string: current value is 1"],
])("annotations %s are refused", (text, reason) => {
  expect(() => parseScrapeAnnotations(text)).toThrow(reason);
});

describe("probe requests", () => {
  const prober = { kind: "http", scheme: "http", port: 8080, path: "/ok", timeoutSeconds: 0 } as const;
  const { probes } = planOf({});
  test("the caller's headers are passed on, except those of its own connection", () => {
    const caller = [
      ["Host", "pod:15020"],
      ["X-A", "1"],
      ["Content-Length", "5"],
      ["Transfer-Encoding", "chunked"],
      ["Trailer", "X-B"],
      ["Connection", "close"],
      ["Expect", "100-continue"],
    ] as const;
    const sent = (...parameters: Parameters<typeof probeRequest>) => headersOf(probeRequest(...parameters) ?? expect.unreachable());
    expect(sent(prober, caller, planOf({}))).toEqual([
      ["Host", "pod:8080"],
      ["X-A", "1"],
    ]);
    expect(sent(prober, [["Host", "other:1"]], planOf({}))).toEqual([["Host", "other:1"]]);
    for (const nameless of [[], [["Host", ""]]] as const) expect(sent(prober, nameless, planOf({}))).toEqual([["Host", "127.0.0.1:8080"]]);
    expect(sent(prober, [["Host", "a"]], planOf({ probes: { ...probes, callerHost: false } }))).toEqual([["Host", "127.0.0.1:8080"]]);
  });
});

import { describe, expect, test } from "bun:test";
import { scrapedApplication } from "../../src/profiles/istio-1.31/scrape-targets.ts";

const STATUS = 15020;
const of = (annotations: unknown, statusPort = STATUS) => scrapedApplication(JSON.stringify(annotations), statusPort);

describe("where 1.31 scrapes an application (contract 1.31 §8)", () => {
  test.each<[string, unknown, unknown]>([
    ["nothing is set", {}, { application: { port: "80", path: "/metrics" } }],
    ["no scrape, whatever else", { scrape: "false", port: "15000", targets: [{ port: "x" }] }, {}],
    ["no targets: null", { port: "1", targets: null }, { application: { port: "1", path: "/metrics" } }],
    ["no targets: a list without any", { targets: [] }, { application: { port: "80", path: "/metrics" } }],
    ["a port as Go reads numbers", { port: "+08080" }, { application: { port: "+08080", path: "/metrics" } }],
    ["one target", { targets: [{ port: "8080", path: "/a" }] }, { application: { port: "8080", path: "/a" } }],
    ["one target without a path", { targets: [{ port: "8080" }] }, { application: { port: "8080", path: "" } }],
    [
      "what is beside one target wins",
      { port: "http", path: "/p", targets: [{ port: "1" }] },
      { application: { port: "http", path: "/p" } },
    ],
    ["the agent itself beside one target", { port: "15020", targets: [{ port: "1" }] }, {}],
    [
      "keys in any case",
      { Targets: [{ PORT: "1", Path: "/a" }, { port: "2" }] },
      {
        applications: [
          { port: "1", path: "/a" },
          { port: "2", path: "/metrics" },
        ],
      },
    ],
    [
      "several, with other ports beside",
      { port: "15020", path: "/x", targets: [{ port: "1" }, { port: "1" }] },
      {
        applications: [
          { port: "1", path: "/metrics" },
          { port: "1", path: "/metrics" },
        ],
      },
    ],
  ])("%s", (_, annotations, where) => {
    expect(of(annotations)).toEqual(where as never);
  });

  const bad = ["", "http", " 8080", "8080 ", "0", "-1", "70000", "0x50", "8_0"].map(
    (port) => [port, /is not a number from 1 to 65535/] as const,
  );
  const reserved = [15000, 15001, 15004, 15006, 15008, 15021, 15053, 15090].map((port) => [String(port), /is reserved for Istio/] as const);
  test.each([...bad, ...reserved, ["15020", /is the status port/] as const, ["015020", /is the status port/] as const])(
    "port %j is refused, in every place",
    (port, reason) => {
      if (port !== "") expect(() => of({ port })).toThrow(reason);
      expect(() => of({ targets: [{ port }] })).toThrow(reason);
      expect(() => of({ port: "8080", targets: [{ port: "1" }, { port, path: "/a" }] })).toThrow(reason);
    },
  );

  test("the message names the annotation to correct", () => {
    expect(() => of({ port: "http" })).toThrow(
      'port "http" is not a number from 1 to 65535; set prometheus.io/port to a port of the application',
    );
    const targets = [{ port: "1" }, { port: "15006" }];
    expect(() => of({ targets })).toThrow(
      "15006 is reserved for Istio; set prometheus.istio.io/scrape-targets to a port of the application",
    );
  });

  test("15020 is reserved also where the status port is another", () => {
    expect(() => of({ port: "15020" }, 15025)).toThrow("is reserved for Istio");
    expect(() => of({ port: "15025" }, 15025)).toThrow("is the status port");
  });

  test.each([
    ["", /not JSON/],
    ['{"targets": {}}', /targets must be a list/],
    ['{"targets": "8080:/a"}', /targets must be a list/],
    ['{"targets": [{"port": 8080}]}', /port must be a string/],
    ['{"targets": ["8080"]}', /0 must be an object/],
    ['{"targets": [null]}', /port "" is not a number/],
  ])("%s is refused", (text, reason) => {
    expect(() => scrapedApplication(text, STATUS)).toThrow(reason);
  });

  test("without the variable there is no application", () => {
    expect(scrapedApplication(undefined, STATUS)).toEqual({});
  });
});

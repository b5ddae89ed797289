import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PROFILE_NAMES } from "./cases.ts";
import { STATUS_LEFT_ASIDE } from "./left-aside.ts";
import { namedStatusCases, statusCases } from "./status/case.ts";
import { statusDifferences } from "./status/compare.ts";
import { keep } from "./status/keep.ts";
import { newScript } from "./status/script.ts";
import { SOURCE } from "./vendor.ts";

describe("the comparison rule", () => {
  test.each([
    ["an exit status by being zero or not", { exit: 255 }, { exit: 1 }],
    ["seconds within 1.5", { seconds: 5 }, { seconds: 6.5 }],
    ["targets after percent-decoding", { request: "GET /a?b=^(c|d)$ é" }, { request: "GET /a?b=%5E(c%7Cd)%24%20%c3%A9" }],
    ["media types without blanks and order", { accept: "a/b;q=0.5;v=1, */*" }, { accept: "A/b; v=1;q=0.5,*/*" }],
    ["everything but what was said", { status: 200, stderrMentions: ["a"] }, { status: 200 }],
    ["members in any order", { a: { x: 1, y: [null] } }, { a: { y: [null], x: 1 } }],
  ])("accepts %s", (_, want, got) => {
    expect(statusDifferences(want, got)).toEqual([]);
  });

  test.each([
    ["zero for another exit status", { exit: 0 }, { exit: 1 }, "exit: want 0, got 1"],
    ["a running agent for one that ended", { exit: 0 }, { exit: "still running" }, 'exit: want 0, got "still running"'],
    ["a time too far off", { seconds: 5 }, { seconds: 3 }, "seconds: want 5, got 3"],
    ["another target", { request: "GET /a" }, { request: "GET /b" }, 'request: want "GET /a", got "GET /b"'],
    ["media types in another order", { accept: "a/b,c/d" }, { accept: "c/d,a/b" }, 'accept: want "a/b,c/d", got "c/d,a/b"'],
    ["a status a little off", { steps: [{ status: 200 }] }, { steps: [{ status: 201 }] }, "steps[0].status: want 200, got 201"],
    ["a missing member", { body: "" }, {}, 'body: missing, want ""'],
    ["a further member", {}, { body: "" }, 'body: unexpected ""'],
    ["one request too many", { admin: [] }, { admin: [{}] }, "admin: want [], got [{}]"],
  ])("rejects %s", (_, want, got, difference) => {
    expect(statusDifferences(want, got)).toEqual([difference]);
  });
});

test.each([
  ["exact", "a\n", "a\n"],
  ["exact", "é".repeat(3001), { characters: 3001, sha256: "fd5ea90086820531ede5d0861139a6d3b9825961686df5a32fbcde84a8287c0c" }],
  ["ignore", "a", undefined],
  ["json", '{"a": 1}', { a: 1 }],
  ["json", "no", { notJson: "no" }],
  ["without-own-metrics", "# HELP istio_agent_x y\nistio_agent_x 1\nmy_istio_agent_x 1\n", "my_istio_agent_x 1\n"],
  [{ contains: ["a", "b"] }, "a", { a: true, b: false }],
  [{ matches: ["^b$", "\\Ab", "\\Aa"] }, "a\nb\n", { "^b$": true, "\\Ab": false, "\\Aa": true }],
])("the rule %j keeps the required parts", (rule, text, kept) => {
  expect(keep(text, rule)).toEqual(kept);
});

test("a scripted server uses the most specific route, sends its responses in turn, and starts over after a change", () => {
  const script = newScript({ "/a": [{ body: "1" }, { body: "2" }], "POST /a": { body: "post" }, "/a?q": { body: "query" } });
  const ask = (method: string, target: string) =>
    script.answerTo({ method, target, peer: "", local: "", headers: new Map(), body: "" }).body;
  expect(["/a", "/a?x", "/a", "/a?q"].map((target) => ask("GET", target))).toEqual(["1", "2", "2", "query"]);
  expect([ask("POST", "/a?q"), ask("POST", "/a"), ask("GET", "/b")]).toEqual(["query", "post", "scripted: no such path\n"]);
  script.change({ "*": { body: "any" } });
  expect([ask("GET", "/a"), ask("GET", "/b"), script.take().length, script.count()]).toEqual(["1", "any", 9, 0]);
});

describe.each(PROFILE_NAMES)("the recorded status cases of %s", (profile) => {
  test("match the recordings, if these are available", () => {
    const cases = namedStatusCases(profile);
    expect(cases.length).toBeGreaterThan(100);
    if (!existsSync(join(SOURCE, "status", profile))) return;
    for (const { name } of cases)
      expect(readFileSync(join(import.meta.dir, "status", profile, `${name}.json`), "utf8")).toBe(
        readFileSync(join(SOURCE, "status", profile, `${name}.json`), "utf8"),
      );
  });
});

test("all skipped cases are known by name", () => {
  const names = PROFILE_NAMES.flatMap((profile) => statusCases(profile).map(({ name }) => `${profile}/${name}`));
  const left = names.filter((name) => STATUS_LEFT_ASIDE.some(({ cases }) => cases.test(name)));
  const ofGo = (profile: string) => ["debug-profiler", "metrics-own-runtime-families"].map((name) => `${profile}/${name}`);
  expect(left).toEqual(["istio-1.6/term-envoy-ends-early", ...ofGo("istio-1.28"), ...ofGo("istio-1.29"), ...ofGo("istio-1.31")]);
});

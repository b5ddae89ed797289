import { expect, test } from "bun:test";
import { callerLog, singleLine } from "../../src/status/caller-log.ts";

test("logs ten lines a minute and counts the omitted ones", () => {
  const lines: string[] = [];
  let now = 0;
  const log = callerLog(
    (level, text) => lines.push(`${level} ${text}`),
    () => now,
  );
  for (let index = 0; index < 25; index++) log("error", String(index));
  expect(lines).toEqual(Array.from({ length: 10 }, (_, index) => `error ${index}`));
  now = 59_999;
  log("error", "early");
  expect(lines).toHaveLength(10);
  now = 60_000;
  log("error", "next");
  expect(lines.slice(10)).toEqual(["warn Omitted lines like the next one: 16 (at most 10 are logged in 60 s)", "error next"]);
  now = 120_000;
  log("warn", "last");
  expect(lines.slice(12)).toEqual(["warn last"]);
});

test("counts a single omitted line too", () => {
  const lines: string[] = [];
  let now = 0;
  const log = callerLog(
    (_, text) => lines.push(text),
    () => now,
  );
  for (let index = 0; index < 11; index++) log("error", "one");
  now = 60_000;
  log("error", "next");
  expect(lines.slice(10)).toEqual(["Omitted lines like the next one: 1 (at most 10 are logged in 60 s)", "next"]);
});

test.each([
  ["/a/é/x", "/a/é/x"],
  ["a\nerror\tb", "a\\u000aerror\\u0009b"],
  ["\x1b[2J\x7f\x85\u2028", "\\u001b[2J\\u007f\\u0085\\u2028"],
  ["x".repeat(200), "x".repeat(200)],
  ["x".repeat(201), `${"x".repeat(200)}…`],
])("formats %j as one short line", (text, shown) => {
  expect(singleLine(text)).toBe(shown);
});

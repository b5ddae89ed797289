import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failureReport } from "./failure-report.ts";

/** Runs a test file as a step does, both streams into one. Returns its output. */
function outputOf(name: string, text: string): string {
  const directory = mkdtempSync(join(tmpdir(), "attache-report-"));
  try {
    writeFileSync(join(directory, name), text);
    const child = Bun.spawnSync(["sh", "-c", 'exec "$0" test . 2>&1', process.execPath], { cwd: directory });
    return child.stdout.toString();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const TESTS = `
import { expect, test } from "bun:test";
test("one that passes", () => console.log("said by one that passes"));
test("one that fails", () => {
  console.log("said before");
  expect({ a: 1 }).toEqual({ a: 2 });
});
test("one that hangs", () => new Promise(() => {}), 10);
test("another that passes", () => console.log("said by another that passes"));
`;

describe("the report of a failed step", () => {
  test("has each failure with its file, its error and what it has said, and nothing of what passes", () => {
    const report = failureReport(outputOf("some.test.ts", TESTS));
    const [failed = "", hung = "", totals = ""] = report.split("\n\nsome.test.ts:\n").flatMap((each) => each.split(/\n\n(?= 2 pass)/));
    expect(failed).toStartWith("some.test.ts:\nsaid before\n");
    expect(failed).toContain("error: expect(received).toEqual(expected)");
    expect(failed).toContain('-   "a": 2,\n+   "a": 1,\n');
    expect(failed).toMatch(/\n\(fail\) one that fails \[.*\]$/);
    expect(hung).toMatch(/^\(fail\) one that hangs \[.*\]\n {2}\^ this test timed out after 10ms\.$/);
    expect(totals).toMatch(/^ 2 pass\n 2 fail\n[\s\S]*Ran 4 tests/);
    for (const text of ["(pass)", "\nsaid by"]) expect(report).not.toContain(text);
  });

  test("has an error outside of tests", () => {
    const report = failureReport(outputOf("some.test.ts", 'import "./missing.ts";\n'));
    expect(report).toContain("some.test.ts:\n");
    expect(report).toContain("error: Cannot find module './missing.ts'");
  });

  test("is short: long failures lose their middle, and of many the last ones only keep their names", () => {
    const output = Array.from(
      { length: 20 },
      (_, at) => `begin ${at}\n${"x".repeat(50_000)}\nend ${at}\n(fail) test ${at} [1.00ms]\n`,
    ).join("");
    const report = failureReport(`bun test v1\n\na.test.ts:\n${output}`);
    expect(report.length).toBeLessThan(22_000);
    for (const text of ["a.test.ts:\nbegin 0\n", "\nend 0\n(fail) test 0 ", "[… ", "\n\n(fail) test 19 "]) expect(report).toContain(text);
    expect(report).not.toContain("end 19");
  });

  test("of another program is the end of its output", () => {
    expect(failureReport(`${"x".repeat(30_000)}\nerror TS1: wrong\n`)).toMatch(/^x{19900,}\nerror TS1: wrong\n$/);
  });
});

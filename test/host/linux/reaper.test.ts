import { expect, test } from "bun:test";
import { join } from "node:path";
import { IS_ROOT } from "../../scenarios/support.ts";

const PROGRAM = [process.execPath, join(import.meta.dir, "../fixtures/reaps-orphans.ts"), "1000", "200"];
const AS_INIT = ["unshare", ...(IS_ROOT ? [] : ["-r"]), "--pid", "--fork", "--mount-proc"];

interface Report {
  readonly pid: number;
  readonly reaped: number;
  /** Direct children with a wrong exit status. */
  readonly wrong: readonly string[];
  readonly zombies: number;
  readonly warnings: number;
}

async function run(command: readonly string[]): Promise<Report> {
  const child = Bun.spawn([...command], { stdio: ["ignore", "pipe", "inherit"] });
  const said = await child.stdout.text();
  expect(await child.exited).toBe(0);
  return JSON.parse(said);
}

test("as PID 1 it reaps 1,000 orphans while 200 direct children exit, whose statuses it leaves alone", async () => {
  expect(await run([...AS_INIT, ...PROGRAM])).toEqual({ pid: 1, reaped: 1000, wrong: [], zombies: 0, warnings: 0 });
}, 180_000);

test("with another process as PID 1 it reaps the orphans it gets, and warns once", async () => {
  expect(await run([...PROGRAM, "subreaper"])).toEqual({ pid: expect.any(Number), reaped: 1000, wrong: [], zombies: 0, warnings: 1 });
}, 180_000);

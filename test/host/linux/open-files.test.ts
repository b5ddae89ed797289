import { expect, test } from "bun:test";
import { limitOf, RLIMIT } from "../../../src/host/linux/libc.ts";
import { raiseOpenFiles } from "../../../src/host/linux/open-files.ts";

test("raises the soft limit of another process to its hard limit, and returns the old one", async () => {
  const child = Bun.spawn(["sh", "-c", "ulimit -Sn 300; ulimit -Hn 900; echo ready; exec sleep 60"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await child.stdout.getReader().read();
  expect(raiseOpenFiles(child.pid)).toEqual({ before: 300, soft: 900, hard: 900 });
  expect(limitOf(child.pid, RLIMIT.openFiles)).toEqual({ soft: 900, hard: 900 });
  expect(raiseOpenFiles(child.pid)).toEqual({ before: 900, soft: 900, hard: 900 });
  child.kill("SIGKILL");
  await child.exited;
  expect(raiseOpenFiles(child.pid)).toBeUndefined();
});

test("finds that the runtime has raised the limit of this process already", () => {
  const found = raiseOpenFiles();
  expect(found?.soft).toBe(found?.hard);
});

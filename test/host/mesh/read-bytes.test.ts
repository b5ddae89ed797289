import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { readBytes, readBytesNow } from "../../../src/host/mesh/read-bytes.ts";
import { outcome } from "./store-of.ts";

const directory = mkdtempSync(join(tmpdir(), "attache-bytes-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const file = join(directory, "file");
const pipe = join(directory, "pipe");
await $`mkfifo ${pipe}`;

describe.each([
  ["readBytes", readBytes],
  ["readBytesNow", async (path: string, largest?: number) => readBytesNow(path, largest)],
])("%s", (_, read) => {
  test.each([0, 1, 65_535, 65_536, 65_537, 300_000])(
    "returns all of a file of %d bytes, and refuses one more than the limit",
    async (size) => {
      const bytes = Buffer.alloc(size, "attache");
      writeFileSync(file, bytes);
      expect((await read(file)).equals(bytes)).toBe(true);
      expect((await read(file, size)).equals(bytes)).toBe(true);
      if (size > 0) expect(await outcome(read(file, size - 1))).toBe(`is larger than ${size - 1} bytes`);
    },
  );

  test("reads files of the kernel, whose size is 0, and no more of them than the limit", async () => {
    const cgroup = "/proc/self/cgroup";
    expect((await read(cgroup)).toString()).toBe(readFileSync(cgroup, "utf8"));
    // Each mapped page of this process has eight bytes there: the file has no end for practical purposes.
    expect(await outcome(read("/proc/self/pagemap", 100_000))).toBe("is larger than 100000 bytes");
  });

  test("refuses what is no regular file", async () => {
    expect(await outcome(read(directory))).toBe("is a directory");
    expect(await outcome(read("/dev/zero"))).toBe("is not a regular file");
    // Opening it waits for a writer otherwise.
    expect(await outcome(read(pipe))).toBe("is not a regular file");
  });
});

test("few files are open at the same time, however many are read", async () => {
  const count = () => readdirSync("/proc/self/fd").length;
  writeFileSync(file, "attache");
  const before = count();
  let most = 0;
  let isOver = false;
  const look = () => {
    most = Math.max(most, count() - before);
    if (!isOver) setImmediate(look);
  };
  look();
  const paths = Array.from({ length: 1_000 }, (_, index) => (index % 2 === 0 ? file : "/nowhere"));
  const read = await Promise.allSettled(paths.map((path) => readBytes(path)));
  isOver = true;
  expect(read.filter(({ status }) => status === "fulfilled")).toHaveLength(500);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(16);
  expect((await readBytes(file)).toString()).toBe("attache");
});

import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findMemoryCgroup, readMemoryCgroup } from "../../../src/host/linux/memory-cgroup.ts";
import { openMemoryRoom } from "../../../src/host/linux/memory-room.ts";
import { MEMORY_FILES } from "../../../src/linux/cgroup.ts";

const MIB = 1024 ** 2;
const LIMIT = 64 * MIB;

let directory: string;
beforeEach(() => {
  jest.useFakeTimers();
  directory = mkdtempSync(join(tmpdir(), "attache-room-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
  jest.useRealTimers();
});

/** Opens the cgroup of the test. */
function room(limit: number | undefined) {
  let calls = 0;
  const whenRoom = openMemoryRoom({ mount: directory, directory, names: MEMORY_FILES[2] }, limit);
  return { calls: () => calls, wait: () => whenRoom(() => calls++) };
}

const use = (bytes: number) => writeFileSync(join(directory, MEMORY_FILES[2].usage), `${bytes}\n`);

test("work begins at once where there is room, and otherwise when there is", () => {
  use(32 * MIB);
  const { calls, wait } = room(LIMIT);
  wait();
  expect(calls()).toBe(1);
  use(LIMIT);
  wait();
  jest.advanceTimersByTime(500);
  expect(calls()).toBe(1);
  use(8 * MIB);
  jest.advanceTimersByTime(100);
  expect(calls()).toBe(2);
});

test("work begins at once where cached files fill the memory", () => {
  use(LIMIT);
  writeFileSync(join(directory, "memory.stat"), `anon 1\ninactive_file ${3 * MIB}\nactive_file ${MIB}\nslab 5\n`);
  const { calls, wait } = room(LIMIT);
  wait();
  expect(calls()).toBe(1);
});

test("work begins after a second where the memory stays full", () => {
  use(LIMIT);
  const { calls, wait } = room(LIMIT);
  wait();
  jest.advanceTimersByTime(900);
  expect(calls()).toBe(0);
  jest.advanceTimersByTime(100);
  expect(calls()).toBe(1);
});

test.each([
  ["without a limit", () => use(LIMIT), undefined],
  ["where the file is missing", () => {}, LIMIT],
  ["where the file has no number", () => writeFileSync(join(directory, MEMORY_FILES[2].usage), "max\n"), LIMIT],
  ["where the file cannot be read", () => mkdirSync(join(directory, MEMORY_FILES[2].usage)), LIMIT],
])("there is always room %s", (_, prepare, limit) => {
  prepare();
  const { calls, wait } = room(limit);
  wait();
  expect(calls()).toBe(1);
});

test("the memory of this process can be checked", () => {
  const cgroup = findMemoryCgroup();
  const usage = readMemoryCgroup(cgroup)?.usage ?? 0;
  let calls = 0;
  openMemoryRoom(cgroup, 2 * usage + LIMIT)(() => calls++);
  expect(calls).toBe(1);
  // Less than any work needs.
  openMemoryRoom(cgroup, MIB)(() => calls++);
  expect(calls).toBe(usage === 0 ? 2 : 1);
});

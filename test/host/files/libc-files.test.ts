import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  isLocked,
  tryLock,
  tryMakeDirectory,
  tryOverwrite,
  tryReadFile,
  tryRemove,
  tryReplaceFile,
  tryStat,
} from "../../../src/host/files/libc-files.ts";

/** A directory with a non-ASCII name, removed at the end of the scope. */
function newDirectory() {
  const directory = mkdtempSync(join(tmpdir(), "attache-libc-é漢😀-"));
  return { path: (name: string) => join(directory, name), [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) };
}

/** Returns a descriptor's target; "" if it was closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** Returns the open files of this process below a path. */
function openBelow(path: string): readonly string[] {
  return readdirSync("/proc/self/fd")
    .map((fd) => linkOf(`/proc/self/fd/${fd}`))
    .filter((link) => link.startsWith(path));
}

const textOf = (bytes: ReturnType<typeof tryReadFile>) => (bytes instanceof Uint8Array ? Buffer.from(bytes).toString() : bytes);

describe("tryReadFile", () => {
  test.each([0, 1, 65_535, 65_536, 65_537, 262_144, 1_000_003])("returns all %d bytes of a file", (length) => {
    using place = newDirectory();
    const text = "0123456789abcdé".repeat(length / 16 + 1).slice(0, length);
    writeFileSync(place.path("file"), text);
    expect(textOf(tryReadFile(place.path("file"))) === text).toBe(true);
  });

  test("reads files that the kernel generates", () => {
    expect(textOf(tryReadFile("/proc/self/cmdline"))).toBe(readFileSync("/proc/self/cmdline", "utf8"));
  });

  test.each([
    [16 * 1024 ** 2 - 1, true],
    [16 * 1024 ** 2, false],
    [10 * 1024 ** 3, false],
  ])("reads %d bytes: %p", (length, isRead) => {
    using place = newDirectory();
    writeFileSync(place.path("file"), "");
    truncateSync(place.path("file"), length);
    expect(tryReadFile(place.path("file"))?.length).toBe(isRead ? length : undefined);
    expect(openBelow(place.path(""))).toEqual([]);
  });

  test("distinguishes missing files from other failures, which node:fs reports", () => {
    using place = newDirectory();
    writeFileSync(place.path("file"), "");
    symlinkSync("loop", place.path("loop"));
    expect(tryReadFile(place.path("none"))).toBe("missing");
    expect(tryReadFile(place.path("file/below"))).toBeUndefined();
    expect(tryReadFile(place.path("."))).toBeUndefined();
    expect(tryReadFile(place.path("loop"))).toBeUndefined();
    expect(tryReadFile(`${place.path("file")}\0`)).toBeUndefined();
  });
});

test("tryStat distinguishes files, directories and others, through links too", () => {
  using place = newDirectory();
  writeFileSync(place.path("file"), "");
  symlinkSync("file", place.path("to-file"));
  symlinkSync("none", place.path("to-none"));
  const kinds = ["file", ".", "to-file", "to-none", "none", "file/below"].map((name) => tryStat(place.path(name)));
  expect(kinds).toEqual(["file", "directory", "file", "missing", "missing", "missing"]);
  expect(tryStat("/dev/null")).toBe("other");
  expect(tryStat("/dev/null\0")).toBeUndefined();
});

describe("tryMakeDirectory", () => {
  test("creates a directory and its parents, all with the mode", () => {
    using place = newDirectory();
    expect([tryMakeDirectory(place.path("a/b/c"), 0o700), tryMakeDirectory(place.path("a/b/c"), 0o700)]).toEqual([true, true]);
    expect(["a", "a/b", "a/b/c"].map((name) => statSync(place.path(name)).mode & 0o7777)).toEqual([0o700, 0o700, 0o700]);
  });

  test("leaves other failures to node:fs", () => {
    using place = newDirectory();
    writeFileSync(place.path("file"), "");
    expect(tryMakeDirectory(place.path("file"), 0o700)).toBe(false);
    expect(tryMakeDirectory(place.path("file/below"), 0o700)).toBe(false);
    expect(tryMakeDirectory("a\0b", 0o700)).toBe(false);
    expect(tryMakeDirectory("", 0o700)).toBe(false);
  });
});

describe("tryReplaceFile", () => {
  test("replaces a file with a complete one with the mode", () => {
    using place = newDirectory();
    writeFileSync(place.path("file"), "old and longer than the new one");
    chmodSync(place.path("file"), 0o644);
    expect(tryReplaceFile(place.path("file"), place.path(".tmp"), "é\u0000\ud800", 0o600)).toBeGreaterThan(2);
    expect(readFileSync(place.path("file"), "utf8")).toBe("é\u0000\ufffd");
    expect(statSync(place.path("file")).mode & 0o7777).toBe(0o600);
    expect(readdirSync(place.path("."))).toEqual(["file"]);
  });

  test("leaves nothing behind after a failure, and other files unchanged", () => {
    using place = newDirectory();
    mkdirSync(place.path("file"));
    writeFileSync(place.path("taken"), "another's");
    expect(tryReplaceFile(place.path("file"), place.path(".tmp"), "new", 0o600)).toBeUndefined();
    expect(tryReplaceFile(place.path("other"), place.path("taken"), "new", 0o600)).toBeUndefined();
    expect(tryReplaceFile(place.path("none/other"), place.path("none/.tmp"), "new", 0o600)).toBeUndefined();
    expect(readdirSync(place.path(".")).sort()).toEqual(["file", "taken"]);
    expect(readFileSync(place.path("taken"), "utf8")).toBe("another's");
  });

  test("a full disk leaves nothing", () => {
    using place = newDirectory();
    symlinkSync("/dev/full", place.path("full"));
    expect(tryReplaceFile(place.path("file"), place.path("full"), "new", 0o600)).toBeUndefined();
    expect(readdirSync(place.path("."))).toEqual(["full"]);
  });
});

test("tryRemove removes a file, and accepts a missing one", () => {
  using place = newDirectory();
  writeFileSync(place.path("file"), "");
  mkdirSync(place.path("directory"));
  expect([tryRemove(place.path("file")), tryRemove(place.path("file")), tryRemove(place.path("directory"))]).toEqual([true, true, false]);
});

test("tryOverwrite writes into an existing file, and creates none", () => {
  using place = newDirectory();
  writeFileSync(place.path("file"), "12345");
  tryOverwrite(place.path("file"), "98");
  tryOverwrite(place.path("none"), "98");
  expect(readFileSync(place.path("file"), "utf8")).toBe("98345");
  expect(readdirSync(place.path("."))).toEqual(["file"]);
});

test("a lock is held until its descriptor is closed, and nothing else stays open", () => {
  using place = newDirectory();
  const path = place.path("file");
  writeFileSync(path, "");
  mkdirSync(place.path("directory"));
  expect([isLocked(path), isLocked(place.path("none")), tryLock(place.path("none"))]).toEqual([false, false, -1]);
  const lock = tryLock(path);
  expect([isLocked(path), tryLock(path)]).toEqual([true, -1]);
  tryOverwrite(path, "98");
  expect(tryReplaceFile(place.path("directory"), place.path(".tmp"), "new", 0o600)).toBeUndefined();
  expect(openBelow(place.path(""))).toEqual([path]);
  closeSync(lock);
  expect([isLocked(path), openBelow(place.path(""))]).toEqual([false, []]);
});

test("a shared lock, which only tests a file, does not count", async () => {
  using place = newDirectory();
  const path = place.path("file");
  writeFileSync(path, "");
  const asker = Bun.spawn(["flock", "--shared", path, "sh", "-c", "echo asks; read line"], { stdio: ["pipe", "pipe", "inherit"] });
  await asker.stdout.getReader().read();
  expect(isLocked(path)).toBe(false);
  asker.stdin.end();
  await asker.exited;
});

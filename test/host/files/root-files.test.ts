import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRoot, type RootFiles } from "../../../src/host/files/root-files.ts";

const directory = mkdtempSync(join(tmpdir(), "attache-root-"));
const root = join(directory, "root");
const OUTSIDE = join(directory, "outside");
let files: RootFiles;

beforeAll(() => {
  mkdirSync(join(root, "etc/istio"), { recursive: true });
  mkdirSync(join(root, "data"));
  writeFileSync(OUTSIDE, "secret");
  writeFileSync(join(root, "data/inside"), "inside");
  writeFileSync(join(root, "data/empty"), "");
  writeFileSync(join(root, "data/large"), "");
  truncateSync(join(root, "data/large"), 2 ** 40);
  const links: Readonly<Record<string, string>> = {
    "etc/absolute": "/data/inside",
    "etc/relative": "../data/inside",
    "etc/above": "../../../../../../../data/inside",
    "etc/chain": "absolute",
    "etc/folder": "/data",
    "etc/outside": OUTSIDE,
    "etc/climbs": "../../outside",
    "etc/loop": "loop",
    "etc/dangling": "/none",
    "etc/zero": "/dev/zero",
    "etc/self": "/proc/self/root",
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(root, name));
  const made = Bun.spawnSync(["mkfifo", join(root, "data/fifo")]);
  expect(made.exitCode).toBe(0);
  files = openRoot(root);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.each([
  ["a file", "/data/inside", "inside"],
  ["an absolute link", "/etc/absolute", "inside"],
  ["a relative link", "/etc/relative", "inside"],
  ["a link above the root", "/etc/above", "inside"],
  ["a link to a link", "/etc/chain", "inside"],
  ["a file below a link", "/etc/folder/inside", "inside"],
  ["dots", "/etc/./istio/..//../data/inside", "inside"],
  ["dots above the root", "/../../data/inside", "inside"],
  ["an empty file", "/data/empty", ""],
  ["/dev/null", "/dev/null", ""],
])("%s is read", (_, path, text) => {
  expect(files.read(path)).toEqual({ kind: "text", text });
});

test.each([
  ["a link to a file outside", "/etc/outside"],
  ["a link that climbs out", "/etc/climbs"],
  ["dots that climb out", "/../outside"],
  ["a link to nothing", "/etc/dangling"],
  ["a device that the root does not have", "/etc/zero"],
  ["a link of /proc", "/etc/self/etc/passwd"],
])("%s is missing", (_, path) => {
  expect([files.read(path), files.stat(path)]).toEqual([{ kind: "missing" }, "missing"]);
});

test.each([
  ["a pipe without a writer", "/data/fifo", "is not a regular file", "other"],
  ["a directory", "/data", "is a directory", "directory"],
  ["a link to itself", "/etc/loop", "too many levels of symbolic links", "missing"],
  ["a path below a file", "/data/inside/x", "not a directory", "missing"],
  ["a file without end", "/data/large", "is larger than 64 MB", "file"],
  ["an overlong name", `/data/${"x".repeat(300)}`, "file name too long", "missing"],
  ["a NUL byte", "/data/\0", "invalid argument: a NUL byte is not allowed", "missing"],
] as const)("%s is not read", (_, path, reason, type) => {
  expect([files.read(path), files.stat(path)]).toEqual([{ kind: "unreadable", reason }, type]);
});

test("a device is not opened", () => {
  expect(openRoot("/").read("/dev/zero")).toEqual({ kind: "unreadable", reason: "is not a regular file" });
});

import { describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestFiles } from "../../../src/host/files/digest-files.ts";
import { fileType, readFile, readSmallFile, reasonOf } from "../../../src/host/files/read-file.ts";
import { HOST } from "../../../src/host/host.ts";
import { answerQuestions } from "../../../src/host/inputs/answer-questions.ts";
import { environmentOf } from "../../../src/inputs/environment.ts";

/** A directory with one entry of each kind, removed at the end of the scope. */
function newDirectory() {
  const directory = mkdtempSync(join(tmpdir(), "attache-read-"));
  const path = (name: string) => join(directory, name);
  writeFileSync(path("file"), "text");
  mkdirSync(path("directory"));
  symlinkSync("file", path("to-file"));
  symlinkSync("none", path("to-none"));
  symlinkSync("loop", path("loop"));
  return { path, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) };
}

const NO_INPUTS = {
  environment: environmentOf([]),
  files: { meshConfig: { kind: "missing" }, labels: { kind: "missing" }, annotations: { kind: "missing" } },
  interfaces: [],
  uid: 0,
} as const;

/** The results of Go's os.ReadFile with os.IsNotExist, and of os.Stat, for each. */
const TABLE = [
  ["file", "text", "file"],
  ["to-file", "text", "file"],
  ["directory", "is a directory", "directory"],
  ["none", "missing", "missing"],
  ["none/below", "missing", "missing"],
  ["to-none", "missing", "missing"],
  ["file/below", "not a directory", "missing"],
  ["file/", "not a directory", "missing"],
  ["loop", "too many levels of symbolic links", "missing"],
  ["loop/below", "too many levels of symbolic links", "missing"],
  ["n".repeat(256), "file name too long", "missing"],
  ["file\0", "invalid argument: a NUL byte is not allowed", "missing"],
  ["", "missing", "missing"],
] as const;

describe("only a not-exist error makes a file absent (contract 1.6 §5.2, 1.30 §5.2)", () => {
  test.each(TABLE)("%p", (name, expected, stat) => {
    using place = newDirectory();
    const path = name === "" ? "" : place.path("") + (place.path("").endsWith("/") ? "" : "/") + name;
    const found = readFile(path);
    expect(found.kind === "text" ? "text" : found.kind === "missing" ? "missing" : found.reason).toBe(expected);
    expect(fileType(path)).toBe(stat);
    expect(readSmallFile(path)).toEqual(found);
  });
});

test("a file of certificates that connections would refuse for its size is not read", () => {
  using place = newDirectory();
  writeFileSync(place.path("large"), "start");
  truncateSync(place.path("large"), 2 ** 32);
  expect(readSmallFile(place.path("large"))).toEqual({ kind: "unreadable", reason: "is larger than 16777216 bytes" });
  expect(readSmallFile(place.path("to-file"))).toEqual({ kind: "text", text: "text" });
  expect(readSmallFile(place.path("none"))).toEqual({ kind: "missing" });
  expect(readSmallFile(place.path("directory"))).toEqual({ kind: "unreadable", reason: "is a directory" });
});

test("an error that has no text here is shown as the system's", () => {
  const error = Object.assign(new Error("ENXIO: no such device or address, open '/x'"), { code: "ENXIO" });
  expect(reasonOf(error)).toBe("no such device or address");
  const copy = Object.assign(new Error("EXDEV: cross-device link not permitted, rename '/a' -> '/b'"), { code: "EXDEV" });
  expect(reasonOf(copy)).toBe("cross-device link not permitted");
  expect(reasonOf(new Error("E: a text, with a comma"))).toBe("E: a text, with a comma");
});

test.each(["none", "file", "file/below"])("%p is not a socket, so nothing is probed or removed", async (name) => {
  using place = newDirectory();
  const answers = await answerQuestions([{ kind: "socket", path: place.path(name) }], NO_INPUTS);
  expect(answers.socket(place.path(name))).toBe("absent");
});

test.each([
  ["file", { kind: "text", text: "text" }],
  ["pipe", { kind: "unreadable", reason: "is not a regular file" }],
  ["to-pipe", { kind: "unreadable", reason: "is not a regular file" }],
  ["/dev/zero", { kind: "unreadable", reason: "is not a regular file" }],
  ["/dev/null", { kind: "text", text: "" }],
] as const)("%p is read by render and as a template without waiting for anybody", async (name, expected) => {
  using place = newDirectory();
  Bun.spawnSync(["mkfifo", place.path("pipe")]);
  symlinkSync("pipe", place.path("to-pipe"));
  const path = name.startsWith("/") ? name : place.path(name);
  expect(HOST.readFile(path)).toEqual(expected);
  const answers = await answerQuestions([{ kind: "read", path }], NO_INPUTS);
  expect(answers.read(path)).toEqual(expected);
});

test("a pipe among the watched files counts as empty", () => {
  using place = newDirectory();
  Bun.spawnSync(["mkfifo", place.path("pipe")]);
  expect(digestFiles([place.path("file"), place.path("pipe")])).toBe(digestFiles([place.path("file")]));
});

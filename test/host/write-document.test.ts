import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeDocument } from "../../src/host/files/write-document.ts";

let directory = "";
const path = (name: string) => join(directory, name);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "attache-document-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("a file that a person names", () => {
  test("is written, also over an old one, whose mode stays", () => {
    expect(writeDocument(path("a"), "one")).toBeUndefined();
    expect(readFileSync(path("a"), "utf8")).toBe("one");
    chmodSync(path("a"), 0o640);
    expect(writeDocument(path("a"), "two")).toBeUndefined();
    expect(readFileSync(path("a"), "utf8")).toBe("two");
    expect(statSync(path("a")).mode & 0o777).toBe(0o640);
    expect(readdirSync(directory)).toEqual(["a"]);
  });

  test("is written where a link leads", () => {
    writeFileSync(path("target"), "old");
    symlinkSync("target", path("link"));
    expect(writeDocument(path("link"), "new")).toBeUndefined();
    expect(lstatSync(path("link")).isSymbolicLink()).toBe(true);
    expect(readFileSync(path("target"), "utf8")).toBe("new");
  });

  test("may be a device, which stays one", () => {
    expect(writeDocument("/dev/null", "text")).toBeUndefined();
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    expect(writeDocument("/dev/full", "text")).toBe("no space left on device");
  });

  test("is not written into what is no place for it, with the reason, and nothing is left behind", () => {
    mkdirSync(path("directory"));
    writeFileSync(path("file"), "old");
    symlinkSync("loop", path("loop"));
    expect(writeDocument(path("directory"), "text")).toBe("is a directory");
    expect(writeDocument(path("missing/page"), "text")).toBe(`there is no directory "${path("missing")}"`);
    expect(writeDocument(path("file/page"), "text")).toBe("not a directory");
    expect(writeDocument(path("loop"), "text")).toBe("too many levels of symbolic links");
    expect(writeDocument(path("n".repeat(300)), "text")).toBe("file name too long");
    expect(writeDocument("/proc/page", "text")).toBe("no such file or directory");
    expect(readdirSync(directory).sort()).toEqual(["directory", "file", "loop"]);
    expect(readFileSync(path("file"), "utf8")).toBe("old");
  });

  test("is created where a link leads to nothing", () => {
    symlinkSync("later", path("link"));
    expect(writeDocument(path("link"), "text")).toBeUndefined();
    expect(existsSync(path("later"))).toBe(true);
    expect(lstatSync(path("link")).isSymbolicLink()).toBe(true);
  });
});

import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isLocked, tryLock } from "../../../src/host/files/libc-files.ts";
import { removeFiles, writeFiles } from "../../../src/host/files/write-files.ts";
import { BLANK_EPOCH } from "../../support/blank-plan.ts";

/** A directory and a bootstrap to write into it, removed at the end of the scope. */
function newPlace() {
  const directory = mkdtempSync(join(tmpdir(), "attache-write-"));
  const path = join(directory, "bootstrap.json");
  const warnings: string[] = [];
  const write = (text: string, temporary = [path]) =>
    writeFiles({ ...BLANK_EPOCH, directory, files: [{ path, text, mode: 0o600 }], temporary }, (warning) => warnings.push(warning));
  return {
    directory,
    path,
    warnings,
    write,
    [Symbol.dispose]: () => {
      removeFiles([path]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Replaces our file with another agent's. */
function replace(path: string): void {
  writeFileSync(`${path}.new`, "another's");
  renameSync(`${path}.new`, path);
}

describe("a written file", () => {
  test("is removed, once, and can be written again without a warning", () => {
    using place = newPlace();
    place.write("one");
    place.write("two");
    expect([readFileSync(place.path, "utf8"), readdirSync(place.directory), place.warnings]).toEqual(["two", ["bootstrap.json"], []]);
    removeFiles([place.path]);
    expect(existsSync(place.path)).toBe(false);
    replace(place.path);
    removeFiles([place.path]);
    expect(existsSync(place.path)).toBe(true);
  });

  test("is not removed if another file has replaced it, even one with the same inode number", () => {
    using place = newPlace();
    place.write("ours");
    const { ino } = statSync(place.path);
    replace(place.path);
    // Our inode is held open, so no new file can get it.
    for (let at = 0; at < 50; at++) replace(place.path);
    expect(statSync(place.path).ino).not.toBe(ino);
    removeFiles([place.path]);
    expect(readFileSync(place.path, "utf8")).toBe("another's");
  });

  test("is locked while it is ours, unless it is kept anyway", () => {
    using place = newPlace();
    place.write("ours");
    expect(isLocked(place.path)).toBe(true);
    removeFiles([place.path]);
    place.write("kept", []);
    expect([isLocked(place.path), existsSync(place.path)]).toEqual([false, true]);
  });
});

describe("an existing file", () => {
  test("is replaced without a warning if it is not locked", () => {
    using place = newPlace();
    writeFileSync(place.path, "left over", { mode: 0o400 });
    place.write("ours");
    expect([readFileSync(place.path, "utf8"), place.warnings]).toEqual(["ours", []]);
  });

  test("is replaced with one warning if it is in use, even if ours was there before", () => {
    using place = newPlace();
    place.write("ours");
    replace(place.path);
    const lock = tryLock(place.path);
    place.write("ours again");
    expect(place.warnings).toEqual([
      `Replacing "${place.path}", which belongs to another running agent: set a different configPath for each agent`,
    ]);
    expect(readFileSync(place.path, "utf8")).toBe("ours again");
    expect(lock).toBeGreaterThan(2);
  });

  test("that is a pipe does not block", () => {
    using place = newPlace();
    Bun.spawnSync(["mkfifo", place.path]);
    place.write("ours");
    expect(readFileSync(place.path, "utf8")).toBe("ours");
  });
});

describe("a stale socket", () => {
  test("may be an empty directory, and is gone before anything is written; one with content refuses the start", () => {
    using place = newPlace();
    const [empty, full] = [join(place.directory, "empty"), join(place.directory, "full")];
    mkdirSync(empty);
    mkdirSync(join(full, "inner"), { recursive: true });
    const remove = (...removals: readonly string[]) => writeFiles({ ...BLANK_EPOCH, removals }, () => {});
    remove(empty, join(place.directory, "missing"));
    expect(existsSync(empty)).toBe(false);
    expect(() => remove(full)).toThrow(`Cannot remove the stale socket "${full}"`);
    expect(() => remove(full)).toThrow(/directory not empty \(/);
  });
});

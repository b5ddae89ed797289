import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sweep } from "./sweep.ts";

test("temporary directories of tests that were killed go after a day, and nothing else", () => {
  const directory = mkdtempSync(join(tmpdir(), "attache-sweep-"));
  const yesterday = Date.now() / 1_000 - 25 * 3_600;
  try {
    for (const name of ["attache-pod-aB3dE6", "attache-pod-newOne", "attache-kubernetes", "other-pod-aB3dE6"])
      mkdirSync(join(directory, name));
    writeFileSync(join(directory, "attache-pod-aB3dE6/log"), "");
    writeFileSync(join(directory, "attache-file-aB3dE6"), "");
    for (const name of readdirSync(directory)) if (name !== "attache-pod-newOne") utimesSync(join(directory, name), yesterday, yesterday);
    expect(sweep(directory)).toEqual(["attache-pod-aB3dE6"]);
    expect(readdirSync(directory).sort()).toEqual(["attache-file-aB3dE6", "attache-kubernetes", "attache-pod-newOne", "other-pod-aB3dE6"]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HOST } from "../../../src/host/host.ts";

function newDirectory() {
  const directory = mkdtempSync(join(tmpdir(), "attache-named-"));
  return { path: (name: string) => join(directory, name), [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) };
}

test("a pipe is read to its end, and its text is kept", async () => {
  using place = newDirectory();
  const path = place.path("pipe");
  Bun.spawnSync(["mkfifo", path]);
  const text = "kind: Pod\n".repeat(20_000);
  writeFileSync(place.path("text"), text);
  await using writer = Bun.spawn(["sh", "-c", `cat "${place.path("text")}" > "${path}"`]);
  expect(HOST.readNamed(path)).toEqual({ kind: "text", text });
  expect(await writer.exited).toBe(0);
  expect(HOST.readNamed(path)).toEqual({ kind: "text", text });
});

test("a regular file is read each time", () => {
  using place = newDirectory();
  const path = place.path("file");
  for (const text of ["one", "two"]) {
    writeFileSync(path, text);
    expect(HOST.readNamed(path)).toEqual({ kind: "text", text });
  }
});

test.each([
  ["/dev/null", { kind: "text", text: "" }],
  ["/dev/zero", { kind: "unreadable", reason: "is not a regular file, and does not end within 256 MiB" }],
  ["/dev", { kind: "unreadable", reason: "is a directory" }],
  ["/none", { kind: "missing" }],
] as const)("%p", (path, expected) => {
  expect(HOST.readNamed(path)).toEqual(expected);
});

import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_TERMINATION_MESSAGE_PATH, writeTerminationMessage } from "../../../src/host/supervisor/termination-message.ts";

const directory = mkdtempSync(join(tmpdir(), "attache-termination-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const path = (name: string) => join(directory, name);

test("the text replaces an earlier one", () => {
  writeFileSync(path("log"), "an older and longer text");
  expect(writeTerminationMessage(path("log"), "ended")).toBeUndefined();
  expect(readFileSync(path("log"), "utf8")).toBe("ended");
});

test("a file that was set is created", () => {
  expect(writeTerminationMessage(path("new"), "ended")).toBeUndefined();
  expect(readFileSync(path("new"), "utf8")).toBe("ended");
});

test.each([
  ["a".repeat(4097), 4096],
  [`${"a".repeat(4095)}é`, 4095],
  [`${"a".repeat(4094)}é`, 4096],
  [`${"a".repeat(4093)}😀`, 4093],
  ["é".repeat(5000), 4096],
  ["", 0],
])("at most 4096 bytes are written, without splitting characters", (text, length) => {
  expect(writeTerminationMessage(path("long"), text)).toBeUndefined();
  const bytes = readFileSync(path("long"));
  expect(bytes.length).toBe(length);
  expect(text.startsWith(bytes.toString())).toBe(true);
});

test("the default file is never created", () => {
  if (existsSync(DEFAULT_TERMINATION_MESSAGE_PATH)) return;
  expect(writeTerminationMessage(DEFAULT_TERMINATION_MESSAGE_PATH, "ended")).toBeUndefined();
  expect(existsSync(DEFAULT_TERMINATION_MESSAGE_PATH)).toBe(false);
});

test.each([
  ["none/log", "no such file or directory"],
  [".", "is a directory"],
])("a failure to write %s is reported, not thrown", (name, reason) => {
  expect(writeTerminationMessage(path(name), "ended")).toBe(
    `Cannot write the termination message to "${path(name)}" (--termination-message-path): ${reason}`,
  );
});

test("a full disk and a pipe without a reader are reported", () => {
  expect(writeTerminationMessage("/dev/full", "ended")).toContain("no space left on device");
  Bun.spawnSync(["mkfifo", path("pipe")]);
  expect(writeTerminationMessage(path("pipe"), "ended")).toStartWith("Cannot write the termination message");
});

test("control characters are escaped", () => {
  expect(writeTerminationMessage(path("orders"), "a\u001b[31m\u009b\r\u0000\tb\nc é")).toBeUndefined();
  expect(readFileSync(path("orders"), "utf8")).toBe("a\\x1b[31m\\x9b\\x0d\\x00\tb\nc é");
});

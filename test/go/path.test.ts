import { expect, test } from "bun:test";
import { basePath, cleanPath, dirname, joinPath } from "../../src/go/path.ts";

test.each([
  ["", "."],
  [".", "."],
  ["/", "/"],
  ["//", "/"],
  ["a//b/./c/", "a/b/c"],
  ["a/../b", "b"],
  ["a/..", "."],
  ["../../a", "../../a"],
  ["a/../../b", "../b"],
  ["/../a", "/a"],
  ["/a/b/../..", "/"],
  ["...", "..."],
])("cleanPath(%p) is %p", (text, path) => {
  expect(cleanPath(text)).toBe(path);
});

test.each([
  [[], ""],
  [["", ""], ""],
  [["a", "", "b"], "a/b"],
  [["a/", "/b"], "a/b"],
  [["/etc", "../x"], "/x"],
  [["", "a"], "a"],
  [["a", ".."], "."],
])("joinPath of %p is %p", (parts, path) => {
  expect(joinPath(...parts)).toBe(path);
});

test.each([
  ["", "."],
  ["/", "/"],
  ["///", "/"],
  ["/a/b", "b"],
  ["a/b//", "b"],
  ["a", "a"],
])("basePath(%p) is %p", (text, name) => {
  expect(basePath(text)).toBe(name);
});

test.each([
  ["", "."],
  ["a", "."],
  ["/", "/"],
  ["/a", "/"],
  ["a/b", "a"],
  ["a/b/", "a/b"],
  ["/a/../b/c", "/b"],
  ["./a/b", "a"],
])("dirname(%p) is %p", (text, directory) => {
  expect(dirname(text)).toBe(directory);
});

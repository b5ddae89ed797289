import { expect, test } from "bun:test";
import { splitDocuments } from "../../src/pod/split-documents.ts";

test.each([
  ["one document", "a: 1\n", [["a: 1\n", 1]]],
  [
    "two",
    "a: 1\n---\nb: 2\n",
    [
      ["a: 1", 1],
      ["---\nb: 2\n", 2],
    ],
  ],
  [
    "a document on the line of its separator",
    "a: 1\n--- b\n",
    [
      ["a: 1", 1],
      ["--- b\n", 2],
    ],
  ],
  [
    "an end mark",
    "a: 1\n... # end\nb: 2",
    [
      ["a: 1", 1],
      ["b: 2", 3],
    ],
  ],
  [
    "CRLF",
    "a: 1\r\n---\r\nb: 2\r\n",
    [
      ["a: 1\r", 1],
      ["---\r\nb: 2\r\n", 2],
    ],
  ],
  [
    "objects of JSON",
    '{\n "a": {}\n}\n{"b": 1}\n{}',
    [
      ['{\n "a": {}\n}', 1],
      ['{"b": 1}', 4],
      ["{}", 5],
    ],
  ],
  ["without content", "\n# comment\n---\n%YAML 1.1\n---\n", []],
  ["words that only start like a separator", "---x\n...y\n----", [["---x\n...y\n----", 1]]],
  ["a separator that is indented, and one after another line break of YAML", "a: |\n ---\n\u2028--- b", [["a: |\n ---\n\u2028--- b", 1]]],
  ["nothing", "", []],
] as const)("%s", (_, file, expected) => {
  expect(splitDocuments(file).map(({ text, line }) => [text, line])).toEqual(expected.map((each) => [...each]));
});

import fc from "fast-check";

/** Makes the generated inputs the same in each run. */
export const SEED = 20_261_125;

const MARKS = [
  '"',
  "\\",
  "'",
  "\n",
  "\r\t",
  "<%= it %>",
  "<%",
  "%>",
  "{{ .x }}",
  "{{",
  "$&",
  "$(HOST_IP)",
  "${x}",
  "__proto__",
  "constructor",
  ",",
  "=",
  "~",
  ":",
  "#",
  "]}",
  '"},"x":{',
  "\u0001",
  "\u007f",
  "\u2028",
  "é😀",
];

/** Well-formed text with syntax of JSON, YAML and shells. No NUL, which an environment cannot contain. */
export const hostile = fc
  .array(fc.oneof(fc.constantFrom(...MARKS), fc.string({ unit: "binary", maxLength: 6 })), { maxLength: 8 })
  .map((parts) => parts.join("").replaceAll("\0", "").toWellFormed());

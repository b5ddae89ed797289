/** Characters of one failure: the diff of two large documents is cut in its middle. */
const LONGEST_FAILURE = 5_000;
/** Characters of a report: what prints it may show no more than the end of a longer one. */
const LONGEST = 20_000;

const RESULT = /^\((?:pass|fail|skip|todo)\) /;
const FILE = /^\S+\.test\.ts:$/;
/** The lines after a failure that belong to it, such as that it took too long. */
const CONTINUED = /^ {2}\^ /;
/** Around an error outside of tests, such as of an import. */
const BETWEEN_TESTS = "# Unhandled error between tests";
const RULE = /^-{20,}$/;
const REPEATED = /^\d+ tests? failed:$/;
const TOTALS = /^ *(?:\d+ (?:pass|fail|skip|todo|errors?|expect\(\) calls)|Ran \d+ tests? .*)$/;

/**
 * Returns what of the output of a run explains that it failed: each failed test of bun's runner with its file and the lines before it,
 * which are its error, its diff and what it has printed, and the totals. The end of any other output.
 */
export function failureReport(output: string): string {
  const lines = Bun.stripANSI(output).split("\n");
  const failures = failuresIn(lines).map((failure) => cut(failure, LONGEST_FAILURE));
  if (failures.length === 0)
    return lines
      .filter((line) => !RESULT.test(line) || line.startsWith("(fail)"))
      .join("\n")
      .slice(-LONGEST);
  let shown = 0;
  for (let length = 0; shown < failures.length && length + (failures[shown]?.length ?? 0) <= LONGEST; shown++)
    length += failures[shown]?.length ?? 0;
  const more = failures.slice(shown).flatMap((failure) => failure.split("\n").filter((line) => line.startsWith("(fail)")));
  return [...failures.slice(0, shown), ...more, lines.filter((line) => TOTALS.test(line)).join("\n")].join("\n\n");
}

/** Returns the failures, each with the name of its file. */
function failuresIn(lines: readonly string[]): readonly string[] {
  const failures: string[] = [];
  let file = "";
  let before: string[] = [];
  const end = lines.findIndex((line) => REPEATED.test(line));
  const own = end < 0 ? lines : lines.slice(0, end);
  for (const [index, line] of own.entries()) {
    if (FILE.test(line)) {
      file = line;
      before = [];
    } else if (line.startsWith("(fail)")) {
      const following = own.slice(index + 1);
      const count = following.findIndex((each) => !CONTINUED.test(each));
      failures.push([file, ...trimmed(before), line, ...following.slice(0, Math.max(count, 0))].join("\n"));
      before = [];
    } else if (RULE.test(line) && before.includes(BETWEEN_TESTS) && !before.at(-1)?.startsWith("#")) {
      failures.push([file, ...trimmed(before), line].join("\n"));
      before = [];
    } else if (RESULT.test(line)) before = [];
    else before.push(line);
  }
  return failures;
}

function trimmed(lines: readonly string[]): readonly string[] {
  const text = lines.join("\n").trim();
  return text === "" ? [] : [text];
}

/** Cuts the middle out of a text that is too long: the beginning names the test's file, the end its error. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const kept = Math.floor(length / 3);
  return `${text.slice(0, kept)}\n[… ${text.length - length} characters …]\n${text.slice(kept - length)}`;
}

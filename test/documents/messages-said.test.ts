import { expect, test } from "bun:test";
import { run } from "../../src/commands/run.ts";
import { expand, generatedCases, namedCases, PROFILE_NAMES } from "../conformance/cases.ts";
import { fakeHost, PLACES } from "../conformance/fake-host.ts";
import { isListed, messageRows, plain } from "./message-rows.ts";

const rows = messageRows();

interface Said {
  readonly level: string;
  readonly text: string;
}

/** What a start says, on the machine of a recorded case. */
async function saidBy(profile: string, recorded: ReturnType<typeof namedCases>[number]): Promise<readonly Said[]> {
  const said: Said[] = [];
  const { host } = fakeHost(expand(recorded, PLACES));
  const openLog = () => (level: string, text: string) => void said.push({ level, text });
  const terminal = () => (text: string) => void said.push(...refusal(text.trimEnd()));
  await run(["--profile", profile, ...expand(recorded.args, PLACES)], "attache", { ...host, openLog, terminal });
  return said;
}

/** A refusal as a terminal shows it: a line of each problem, below its head where there are several. */
function refusal(text: string): readonly Said[] {
  return text.split("\n").map((line) => ({ level: "error", text: line.replace(/^ {2}- |:$/g, "") }));
}

/** What of a line is not listed: the whole of it, or the problem behind a head that is listed. */
function unlisted({ level, text }: Said): readonly string[] {
  const isKnown = (line: string) => ["part", level].some((each) => isListed(rows, each, plain(line)));
  if (level === "error" ? isKnown(text) : isListed(rows, level, plain(text))) return [];
  const line = text.replace(/ \(Run '.*\)$/, "");
  if (isKnown(line)) return [];
  const splits = [...line.matchAll(/: /g)].map(({ index }) => [line.slice(0, index), line.slice(index + 2)] as const);
  return splits.some(([head, problem]) => isListed(rows, level, head) && isKnown(problem)) ? [] : [`${level} ${text}`];
}

test.each(PROFILE_NAMES)("every log line of the recorded starts of %s is in docs/messages.md, at its level", async (profile) => {
  const cases = [...namedCases(profile), ...generatedCases(profile)];
  const said = (await Promise.all(cases.map((each) => saidBy(profile, each)))).flat();
  expect(said.filter(({ level }) => level === "error").length).toBeGreaterThan(50);
  expect(new Set(said.flatMap(unlisted))).toEqual(new Set());
});

test("the comparison sees a level and a word that are others", () => {
  expect(isListed(rows, "info", "Epoch 0 is live")).toBe(true);
  expect(isListed(rows, "warn", "Epoch 0 is live")).toBe(false);
  expect(isListed(rows, "info", "Epoch 0 is alive")).toBe(false);
});

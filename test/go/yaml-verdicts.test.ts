import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseYaml } from "../../src/go/go-yaml.ts";
import { sortedJson } from "../../src/go/json.ts";
import type { Parsed } from "../../src/go/parsed.ts";
import { parseDocument } from "../../src/inputs/document.ts";

/**
 * The result of `YAMLToJSON` of sigs.k8s.io/yaml 1.6 (go.yaml.in/yaml/v2 2.4.4) for each text: its value or error. ghodss/yaml 1.0 with
 * yaml.v2 2.2.8, used by Istio 1.6, has the same results. Small documents of every kind, with YAML 1.1 line breaks, indicators and
 * fragments inserted, and texts that JSON and YAML read differently.
 */
type Verdict = readonly [text: string, value: string] | readonly [text: string, value: null, error: string];

const packed = readFileSync(join(import.meta.dir, "yaml-verdicts.jsonl.gz"));
const verdicts = Buffer.from(Bun.gunzipSync(packed))
  .toString()
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Verdict); // the file's own form

/** Formats a result as JSON; an error without its position, of which Go reports only the line. */
function said(parsed: Parsed<unknown>): string {
  return parsed.ok ? sortedJson(parsed.value) : reason(parsed.error);
}

function reason(error: string): string {
  return error.replace(/^yaml: (?:line \d+: )?(?:column \d+: )?/, "").replace("<document start>", "document start");
}

test("there are results of both kinds", () => {
  const refused = verdicts.filter(([, value]) => value === null).length;
  expect([refused > 700, verdicts.length - refused > 700]).toEqual([true, true]);
});

test("YAML is parsed as by Go, with the same errors", () => {
  const wrong = verdicts.flatMap(([text, value, error]) => {
    const [expected, given] = [value === null ? reason(error) : sortedJson(JSON.parse(value)), said(parseYaml(text))];
    return expected === given ? [] : [{ text, expected, given }];
  });
  expect(wrong).toEqual([]);
});

test("texts handled as JSON or plain YAML give the same results", () => {
  const wrong = verdicts.flatMap(([text, value]) => {
    const parsed = parseDocument(text);
    const [expected, given] = [
      value === null ? undefined : sortedJson(JSON.parse(value)),
      parsed.ok ? sortedJson(parsed.value) : undefined,
    ];
    return expected === given ? [] : [{ text, expected, given }];
  });
  expect(wrong).toEqual([]);
});

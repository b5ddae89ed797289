import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseYaml } from "../../src/go/go-yaml.ts";
import { sortedJson } from "../../src/go/json.ts";
import type { Parsed } from "../../src/go/parsed.ts";
import { parseDocument } from "../../src/inputs/document.ts";

/**
 * What `YAMLToJSON` of sigs.k8s.io/yaml 1.6 (go.yaml.in/yaml/v2 2.4.4) said of each text: its value, or its refusal. ghodss/yaml 1.0 with
 * yaml.v2 2.2.8, which Istio 1.6 has, says the same of all. Small documents of every kind, with line breaks of YAML 1.1, indicators and odd pieces
 * put into them, and what JSON and YAML read differently.
 */
type Verdict = readonly [text: string, value: string] | readonly [text: string, value: null, error: string];

const packed = readFileSync(join(import.meta.dir, "yaml-verdicts.jsonl.gz"));
const verdicts = Buffer.from(Bun.gunzipSync(packed))
  .toString()
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Verdict); // the file's own form

/** The value as JSON; of a refusal the reason without its place, of which Go has the line only. */
function said(parsed: Parsed<unknown>): string {
  return parsed.ok ? sortedJson(parsed.value) : reason(parsed.error);
}

function reason(error: string): string {
  return error.replace(/^yaml: (?:line \d+: )?(?:column \d+: )?/, "").replace("<document start>", "document start");
}

test("there are verdicts of both kinds", () => {
  const refused = verdicts.filter(([, value]) => value === null).length;
  expect([refused > 700, verdicts.length - refused > 700]).toEqual([true, true]);
});

test("YAML is read as Go reads it, and refused in its words", () => {
  const wrong = verdicts.flatMap(([text, value, error]) => {
    const [expected, given] = [value === null ? reason(error) : sortedJson(JSON.parse(value)), said(parseYaml(text))];
    return expected === given ? [] : [{ text, expected, given }];
  });
  expect(wrong).toEqual([]);
});

test("and so are the texts that are taken for JSON or plain YAML before", () => {
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

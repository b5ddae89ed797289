import { describe, expect, test } from "bun:test";
import { casesToExplain } from "./cases-to-explain.ts";
import { explained, wrongValues, wrongWith } from "./recorded.ts";
import { answerOf } from "./support.ts";

// What explain says about recorded starts, against starts without each input. test/long/explain-recorded.test.ts has all of them.

const EVERY = 60;
/** Cases that showed a fault once. */
const FAULTS = ["option-stackdriver", "gcp-missing-instance-attributes-created-by"];
const all = casesToExplain();
const sample = all.filter(({ name }, at) => at % EVERY === 0 || FAULTS.includes(name));

test("the sample has cases of every release", () => {
  expect(new Set(sample.map(({ profile }) => profile)).size).toBe(5);
  expect(sample.length).toBeGreaterThan(40);
});

test.each(sample.map((each) => [each.profile, each.name, each] as const))(
  "%s, %s: a value depends on an input exactly if it changes without it",
  async (_, __, each) => {
    expect(await wrongWith(each)).toEqual([]);
  },
);

const SECRET = "hunter2-4f9a";
const SECRETS = {
  DB_PASSWORD: SECRET,
  ISTIO_META_API_TOKEN: SECRET,
  XDS_HEADER_AUTHORIZATION: `Bearer ${SECRET}`,
  CA_HEADER_X_API_KEY: SECRET,
  ISTIO_METAJSON_LABELS: JSON.stringify({ app: "a", clientSecret: SECRET }),
  ISTIO_PROMETHEUS_ANNOTATIONS: JSON.stringify({ scrape: "true", password: SECRET }),
};

describe.each(sample.filter((_, at) => at % 6 === 0).map((each) => [`${each.profile}, ${each.name}`, each] as const))(
  "%s",
  (_, recorded) => {
    test("no secret is shown", async () => {
      const env = { ...recorded.env, ...SECRETS };
      const answers = [
        await explained({ ...recorded, env }, "--all", "--output=text"),
        await explained({ ...recorded, env }, "--all", "--output=json"),
      ];
      const file = (variables: Readonly<Record<string, string | undefined>>) =>
        Object.entries(variables)
          .map(([name, value]) => `${name}=${value}\n`)
          .join("");
      const files = {
        a: file(env),
        b: file({ ...env, DB_PASSWORD: undefined, XDS_HEADER_AUTHORIZATION: `Bearer ${SECRET}2`, ISTIO_META_API_TOKEN: `${SECRET}2` }),
      };
      for (const output of ["text", "json"]) {
        const { text, errors } = await answerOf(["diff", "a", "b", "-o", output, "--profile", recorded.profile], {}, files);
        answers.push(text, errors);
      }
      for (const answer of answers) expect(answer ?? "").not.toContain(SECRET);
      expect(answers[0] ?? "").toContain("***");
    });

    test("a single value depends on an input exactly if it changes without it", async () => {
      expect(await wrongValues(recorded)).toEqual([]);
    });

    test("text and JSON have the same facts", async () => {
      const [text = "", json = "{}"] = [
        await explained(recorded, "--all", "--output=text"),
        await explained(recorded, "--all", "--output=json"),
      ];
      const { inputs, withoutEffect } = JSON.parse(json);
      const lines = text.split("\n");
      for (const { input, value } of [...inputs, ...withoutEffect]) {
        const head = `  ${input}${value === "" ? "" : ` = ${value}`}`;
        expect(lines.some((line) => line === head || line.startsWith(`${head}: `))).toBe(true);
      }
      const named = lines.filter((line) => /^ {2}\S/.test(line));
      expect(named.length).toBe(inputs.length + withoutEffect.length);
    });
  },
);

import { describe, expect, test } from "bun:test";
import { mergedBodies, type Scraped, typeOfAll } from "../../src/status/merged-bodies.ts";

const OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const OLDER = "application/openmetrics-text; version=0.0.1; charset=utf-8";
const TEXT = "text/plain; version=0.0.4; charset=utf-8";
const of = (body: string, type?: string): Scraped => ({ type, body: new TextEncoder().encode(body) });

describe("metrics of several places (contract 1.31 §8)", () => {
  test.each<[string, readonly (string | undefined)[], string]>([
    ["none", [], TEXT],
    ["one without a type", [undefined], TEXT],
    ["all OpenMetrics", [OPEN, OPEN], OPEN],
    ["of other versions", [OPEN, OLDER], TEXT],
    ["of none that is known", ["application/openmetrics-text; version=9", "text/html"], TEXT],
    ["a text after OpenMetrics", [OPEN, TEXT], TEXT],
    ["OpenMetrics after a text", [TEXT, OPEN], TEXT],
  ])("%s", (_, types, type) => {
    expect(typeOfAll(types.map((each) => of("", each)))).toBe(type);
  });

  test.each<[string, readonly string[], text: string, open: string]>([
    ["whole lines", ["a 1\n", "b 2\n"], "a 1\nb 2\n", "a 1\nb 2\n# EOF\n"],
    ["an end in each", ["a 1\n# EOF\n", "b 2\n# EOF"], "a 1\nb 2\n", "a 1\nb 2\n# EOF\n"],
    ["an end with blanks", ["a 1\n# EOF \t\r\n\n"], "a 1\n", "a 1\n# EOF\n"],
    ["an end inside a line", ["a 1 # EOF"], "a 1 \n", "a 1 \n# EOF\n"],
    ["an end that is not last", ["# EOF\na 1"], "# EOF\na 1\n", "# EOF\na 1\n# EOF\n"],
    ["blanks at the end stay where there is no end", ["a 1 \n\n"], "a 1 \n\n", "a 1 \n\n# EOF\n"],
    ["nothing but an end", ["# EOF", ""], "", "# EOF\n"],
    ["less than an end", ["EOF"], "EOF\n", "EOF\n# EOF\n"],
  ])("%s", (_, bodies, text, open) => {
    const page = (isOpen: boolean) =>
      Buffer.concat(
        mergedBodies(
          bodies.map((each) => of(each)),
          isOpen,
        ),
      ).toString();
    expect([page(false), page(true)]).toEqual([text, open]);
  });
});

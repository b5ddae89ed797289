import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { schemaFiles } from "../schemas/schema-files.ts";
import { ROOT } from "../support/subject.ts";

test("the schemas are equal to those of the releases", async () => {
  const files = await schemaFiles();
  expect(files).toHaveLength(7);
  for (const { path, text } of files) expect(`${path}:\n${readFileSync(join(ROOT, path), "utf8")}`).toBe(`${path}:\n${text}`);
});

import { join } from "node:path";
import { ROOT } from "../support/subject.ts";
import { schemaFiles } from "./schema-files.ts";

// `npm run schemas`: writes the schemas of the profiles as the releases publish them, and names the files that changed.

const files = await schemaFiles();
for (const { path, text } of files) {
  const file = Bun.file(join(ROOT, path));
  const isChanged = !(await file.exists()) || (await file.text()) !== text;
  if (isChanged) await Bun.write(file, text);
  console.log(`${path}: ${isChanged ? "written" : "unchanged"}`);
}

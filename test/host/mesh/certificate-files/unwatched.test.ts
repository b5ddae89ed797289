import { afterEach, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { $ } from "bun";
import { authority, closeAll, newDirectory, WITHOUT_CAPABILITIES } from "./stores.ts";

afterEach(closeAll);

test("a file whose directory cannot be watched is used, which is logged and counted", async () => {
  const directory = join(newDirectory(), "hidden");
  const path = join(directory, "root.pem");
  mkdirSync(directory);
  writeFileSync(path, authority.root);
  // The names in it can be used, but not listed, unless by a root with capabilities.
  chmodSync(directory, 0o311);
  const command = [...WITHOUT_CAPABILITIES, process.execPath, join(import.meta.dir, "read-secret.ts"), `file-root:${path}`];
  const read = await $`${command}`.json();
  expect(read).toEqual({
    kind: "validation",
    failures: 1,
    log: [`warn Cannot watch "${directory}" for changes: permission denied`],
  });
});

import { expect, test } from "bun:test";
import { join } from "node:path";
import { WITHOUT_CAPABILITIES } from "./stores.ts";

const CHANGES = join(import.meta.dir, "prints-changes.ts");
/** What is mounted and limited goes with the process. */
const ISOLATED = ["unshare", "--user", "--map-root-user", "--mount"];
const TOO_MANY_WATCHES = "the user's limit of inotify watches is reached; raise fs.inotify.max_user_watches";

test.each<[string, string, readonly string[], string | undefined]>([
  ["that is mounted alone and written in place", "mounted", ISOLATED, undefined],
  ["that is written by another name", "linked", [], undefined],
  ["that is written by another name, which it got later", "linked later", [], undefined],
  ["in a directory that cannot be watched, written in place", "hidden, written", WITHOUT_CAPABILITIES, "permission denied"],
  ["in a directory that cannot be watched, replaced", "hidden, replaced", WITHOUT_CAPABILITIES, "permission denied"],
  [
    "that could not be watched when it was read",
    "too many",
    ISOLATED,
    "the user's limit of inotify instances is reached; raise fs.inotify.max_user_instances",
  ],
  ["that is mounted alone and could not be watched itself when it was read", "mounted, too many", ISOLATED, TOO_MANY_WATCHES],
  ["with another name that could not be watched itself when it was read", "linked, too many", ISOLATED, TOO_MANY_WATCHES],
])("each change is noticed of a file %s", async (_, what, isolated, warning) => {
  const child = Bun.spawn([...isolated, process.execPath, CHANGES, what], { stderr: "pipe" });
  const [text, problem] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect(problem).toBe("");
  expect(JSON.parse(text)).toEqual({ changes: 3, log: warning === undefined ? [] : [warning] });
});

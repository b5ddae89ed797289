import { existsSync, linkSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { $ } from "bun";
import { authority, changes, closeAll, newDirectory, open, other, replace } from "./stores.ts";

// Changes a file whose directory does not show it, several times, and prints what was logged when each change was noticed. argv: what is
// special about the file.

const certificates = [other.root, authority.root + other.root, authority.root];
const directory = join(newDirectory(), "certs");
const path = join(directory, "root.pem");
const source = join(newDirectory(), "source.pem");
const name = `file-root:${path}`;
const made = open();
mkdirSync(directory);
writeFileSync(path, authority.root);
const change = await prepared(process.argv[2] ?? "");
await made.store.get(name);
for (const [index, text] of certificates.entries()) {
  await change(text);
  await changes(made, index + 1);
}
await $`umount ${path}`.quiet().nothrow();
await $`chmod 755 ${directory}`;
console.log(
  JSON.stringify({
    changes: made.changes.filter((each) => each === name).length,
    log: [...new Set(made.log.map((line) => line.replace(/^.* for changes: /, "")))],
  }),
);
closeAll();

/** Returns what changes the file. */
async function prepared(what: string): Promise<(text: string) => void | Promise<void>> {
  switch (what) {
    case "mounted":
      writeFileSync(source, authority.root);
      await $`mount --bind ${source} ${path}`;
      return (text) => writeFileSync(source, text);
    case "linked":
      linkSync(path, source);
      return (text) => writeFileSync(source, text);
    case "linked later":
      return async (text) => {
        if (!existsSync(source)) linkSync(path, source);
        writeFileSync(source, text);
      };
    case "hidden, written":
      await $`chmod 311 ${directory}`;
      return (text) => writeFileSync(path, text);
    case "hidden, replaced":
      await $`chmod 311 ${directory}`;
      return (text) => replace(path, text);
    case "mounted, too many":
    case "linked, too many": {
      const write = await prepared(what.replace(", too many", ""));
      // One for the directory, and one for the directory above it.
      await limit("watches", 2);
      return async (text) => {
        await write(text);
        await limit("watches", 100);
      };
    }
    case "too many":
      await limit("instances", 0);
      return async (text) => {
        replace(path, text);
        await limit("instances", 100);
      };
    default:
      throw new Error(`unknown: ${what}`);
  }
}

/** Sets a limit of inotify for the user namespace. */
async function limit(what: "instances" | "watches", value: number): Promise<void> {
  await $`echo ${value} > /proc/sys/user/max_inotify_${what}`;
}

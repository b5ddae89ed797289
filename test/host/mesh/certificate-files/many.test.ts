import { afterEach, expect, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { authority, changes, closeAll, newDirectory, open, other, replace } from "./stores.ts";

afterEach(closeAll);

const MANY = 1_000;
const namesIn = (directory: string) => Array.from({ length: MANY }, (_, index) => `file-root:${join(directory, `${index}.pem`)}`);
const pathOf = (name: string) => name.slice("file-root:".length);

/** Returns the longest time in milliseconds in which the event loop did not turn. */
async function longestTurn(during: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const turning = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  await during();
  clearInterval(turning);
  return longest;
}

test(`each of ${MANY} files in a directory that has changed is noticed, without a long turn of the event loop`, async () => {
  const made = open();
  const names = namesIn(newDirectory());
  for (const name of names) writeFileSync(pathOf(name), authority.root);
  for (const name of names) await made.store.get(name);
  // Every file is changed before its event is seen; a change of others is no reason to look at it.
  for (const name of names) replace(pathOf(name), other.root);
  const longest = await longestTurn(() => changes(made, MANY));
  expect([...made.changes].sort()).toEqual([...names].sort());
  expect(longest).toBeLessThan(500);
});

test(`${MANY} files that the kubelet publishes at once are noticed`, async () => {
  const made = open();
  const mount = newDirectory();
  const names = namesIn(mount);
  const publish = (day: string, root: string) => {
    mkdirSync(join(mount, day));
    for (const name of names) writeFileSync(join(mount, day, pathOf(name).slice(mount.length + 1)), root);
    symlinkSync(day, join(mount, "..data_tmp"));
    renameSync(join(mount, "..data_tmp"), join(mount, "..data"));
  };
  publish("..one", authority.root);
  for (const name of names) symlinkSync(`..data/${pathOf(name).slice(mount.length + 1)}`, pathOf(name));
  for (const name of names) await made.store.get(name);
  publish("..two", other.root);
  rmSync(join(mount, "..one"), { recursive: true });
  await changes(made, MANY);
  expect([...made.changes].sort()).toEqual([...names].sort());
});

test("all files of a directory that is replaced, and changes in the new one", async () => {
  const made = open();
  const base = newDirectory();
  const [directory, next] = [join(base, "certs"), join(base, "next")];
  const names = ["a", "b", "c"].map((each) => `file-root:${join(directory, each)}`);
  for (const [each, root] of [
    [directory, authority.root],
    [next, other.root],
  ] as const) {
    mkdirSync(each);
    for (const name of ["a", "b", "c"]) writeFileSync(join(each, name), root);
  }
  for (const name of names) await made.store.get(name);
  // Files are looked at in turn: the looks that began with the watches are over, and none can find the directory missing.
  replace(join(directory, "c"), authority.root + other.root);
  expect([...(await changes(made, 1))]).toEqual(names.slice(2));
  renameSync(directory, join(base, "old"));
  renameSync(next, directory);
  expect([...(await changes(made, 4)).slice(1)].sort()).toEqual(names);
  for (const name of names) replace(pathOf(name), authority.root);
  expect([...(await changes(made, 7)).slice(4)].sort()).toEqual(names);
});

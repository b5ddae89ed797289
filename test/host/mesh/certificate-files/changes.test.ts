import { afterEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { authority, changes, closeAll, newDirectory, ONE, open, other, replace, TWO, textOf, write } from "./stores.ts";

afterEach(closeAll);

describe("a change of a file is sent once", () => {
  test.each<[name: string, change: (files: { readonly chain: string; readonly key: string; readonly root: string }) => void]>([
    ["written in place", ({ chain, key }) => [writeFileSync(key, TWO.key), writeFileSync(chain, TWO.chain)]],
    ["the certificate before its key", ({ chain, key }) => [writeFileSync(chain, TWO.chain), writeFileSync(key, TWO.key)]],
    ["replaced", ({ chain, key }) => [replace(key, TWO.key), replace(chain, TWO.chain)]],
    [
      "removed and written again",
      ({ chain, key }) => [unlinkSync(chain), unlinkSync(key), writeFileSync(key, TWO.key), writeFileSync(chain, TWO.chain)],
    ],
  ])("%s", async (_, change) => {
    const made = open();
    const files = write(newDirectory());
    const name = `file-cert:${files.chain}~${files.key}`;
    await made.store.get(name);
    change(files);
    expect(await changes(made, 1)).toEqual([name]);
    expect(textOf(await made.store.get(name))).toBe(TWO.chain);
    // What changes nothing is not sent; the next change is.
    utimesSync(files.chain, 1, 1);
    chmodSync(files.chain, 0o600);
    writeFileSync(files.chain, TWO.chain);
    write(join(files.chain, ".."), ONE);
    expect(await changes(made, 2)).toEqual([name, name]);
    expect(textOf(await made.store.get(name))).toBe(ONE.chain);
  });

  test("a root certificate (recorded: sds/file_changed)", async () => {
    const made = open();
    const { root } = write(newDirectory());
    await made.store.get(`file-root:${root}`);
    replace(root, other.root);
    expect(await changes(made, 1)).toEqual([`file-root:${root}`]);
    expect(textOf(await made.store.get(`file-root:${root}`))).toBe(other.root);
  });

  test("the kubelet's: ..data is swapped, and the old directory removed", async () => {
    const made = open();
    const mount = newDirectory();
    const publish = (name: string, pair: typeof ONE) => {
      mkdirSync(join(mount, name));
      write(join(mount, name), pair);
      symlinkSync(name, join(mount, "..data_tmp"));
      renameSync(join(mount, "..data_tmp"), join(mount, "..data"));
    };
    publish("..one", ONE);
    for (const name of ["cert-chain.pem", "key.pem", "root-cert.pem"]) symlinkSync(`..data/${name}`, join(mount, name));
    const name = `file-cert:${mount}/cert-chain.pem~${mount}/key.pem`;
    await made.store.get(name);
    for (const [round, pair] of [TWO, ONE, TWO].entries()) {
      publish(`..${round}`, pair);
      rmSync(join(mount, round === 0 ? "..one" : `..${round - 1}`), { recursive: true });
      expect(await changes(made, round + 1)).toHaveLength(round + 1);
      expect(textOf(await made.store.get(name))).toBe(pair.chain);
    }
  });

  test("a link far above the file is changed, then its target", async () => {
    const made = open();
    const base = newDirectory();
    for (const [name, pair] of [
      ["v1/a/b", ONE],
      ["v2/a/b", TWO],
    ] as const) {
      mkdirSync(join(base, name), { recursive: true });
      write(join(base, name), pair);
    }
    symlinkSync("v1", join(base, "latest"));
    const name = `file-cert:${base}/latest/a/b/cert-chain.pem~${base}/latest/a/b/key.pem`;
    await made.store.get(name);
    symlinkSync("v2", join(base, "next"));
    renameSync(join(base, "next"), join(base, "latest"));
    expect(await changes(made, 1)).toEqual([name]);
    expect(textOf(await made.store.get(name))).toBe(TWO.chain);
    write(join(base, "v2/a/b"), ONE);
    expect(await changes(made, 2)).toHaveLength(2);
    expect(textOf(await made.store.get(name))).toBe(ONE.chain);
  });

  test("a link that is changed again and again, while all of its targets stay", async () => {
    const made = open();
    const directory = newDirectory();
    const path = (name: string) => join(directory, name);
    writeFileSync(path("one"), authority.root);
    writeFileSync(path("two"), other.root);
    symlinkSync("one", path("link"));
    const name = `file-root:${path("link")}`;
    await made.store.get(name);
    for (const [round, target] of ["two", "one", "two", "one"].entries()) {
      symlinkSync(target, path("next"));
      renameSync(path("next"), path("link"));
      expect(await changes(made, round + 1)).toHaveLength(round + 1);
    }
    replace(path("one"), other.root);
    expect(await changes(made, 5)).toHaveLength(5);
  });

  test("a link to another file, in releases that do not follow links: when the file before is gone (contract 1.28 §4)", async () => {
    const made = open({ followsLinks: false });
    const directory = newDirectory();
    const path = (name: string) => join(directory, name);
    mkdirSync(path("old"));
    writeFileSync(path("old/root.pem"), authority.root);
    writeFileSync(path("new.pem"), other.root);
    writeFileSync(path("plain.pem"), authority.root);
    symlinkSync("old/root.pem", path("link.pem"));
    const [link, plain] = [`file-root:${path("link.pem")}`, `file-root:${path("plain.pem")}`];
    for (const name of [link, plain]) await made.store.get(name);
    symlinkSync("new.pem", path("next"));
    renameSync(path("next"), path("link.pem"));
    replace(path("plain.pem"), other.root);
    expect(await changes(made, 1)).toEqual([plain]);
    rmSync(path("old"), { recursive: true });
    expect(await changes(made, 2)).toEqual([plain, link]);
    expect(textOf(await made.store.get(link))).toBe(other.root);
  });

  test("a file that is gone", async () => {
    const made = open();
    const files = write(newDirectory());
    const name = `file-root:${files.root}`;
    await made.store.get(name);
    unlinkSync(files.root);
    expect(await changes(made, 1)).toEqual([name]);
    writeFileSync(files.root, other.root);
    expect(await changes(made, 2)).toEqual([name, name]);
    expect(textOf(await made.store.get(name))).toBe(other.root);
  });
});

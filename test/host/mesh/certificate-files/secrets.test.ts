import { heapStats } from "bun:jsc";
import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openFileSecrets } from "../../../../src/host/mesh/certificate-files.ts";
import { startCounts } from "../../../../src/mesh/counts.ts";
import { pemBlocks } from "../../../../src/mesh/pem.ts";
import { startScriptedAuthority } from "../../../mesh/lab/scripted-authority.ts";
import { eventually } from "../../../support/eventually.ts";
import { caPlan, outcome, storeOf } from "../store-of.ts";
import { authority, closeAll, newDirectory, ONE, open, opened, other, replace, TWO, textOf, write } from "./stores.ts";

afterEach(closeAll);

/** Removes a file, also in favour of a directory. Returns what is wrong then. */
function gone(path: string, isDirectory = false): string {
  rmSync(path);
  if (isDirectory) mkdirSync(path);
  return `cannot read "${path}": ${isDirectory ? "is a directory" : "no such file or directory"}`;
}

/** Makes a file empty. Returns what is wrong then. */
function emptied(path: string): string {
  writeFileSync(path, "");
  return `"${path}" is empty`;
}

describe("secrets in files", () => {
  test("by name (recorded: sds/files)", async () => {
    const made = open();
    const { chain, key, root } = write(newDirectory());
    const pair = await made.store.get(`file-cert:${chain}~${key}`);
    expect(pair).toEqual({ kind: "certificate", chain: Buffer.from(ONE.chain), key: Buffer.from(ONE.key) });
    expect(textOf(await made.store.get(`file-root:${root}`))).toBe(authority.root);
    expect(made.log).toEqual([]);
  });

  test("of the system (recorded: sds/file_root_system)", async () => {
    expect(pemBlocks(textOf(await open().store.get("file-root:system"))).length).toBeGreaterThan(10);
  });

  test("at the usual places, in place of the CA (recorded: sds/implicit_files)", async () => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign" }]);
    const directory = newDirectory();
    const files = write(directory, ONE, other.root);
    const made = storeOf(caPlan(ca.port), { files });
    opened.push(made);
    expect(textOf(await made.store.get("default"))).toBe(ONE.chain);
    // Roots of this secret are joined with the trust bundle.
    expect(textOf(await made.store.get("ROOTCA"))).toBe(other.root.trimEnd());
    made.store.setBundle([authority.root]);
    expect(pemBlocks(textOf(await made.store.get("ROOTCA")))).toHaveLength(2);
    expect(ca.calls).toHaveLength(0);
    // An empty file is as none.
    writeFileSync(files.key, "");
    expect(pemBlocks(textOf(await made.store.get("default")))).toHaveLength(3);
    expect(ca.calls).toHaveLength(1);
  });

  test("the root of a certificate that was read from its file before is not sent again", async () => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign" }]);
    const files = write(newDirectory());
    const made = storeOf(caPlan(ca.port), { files });
    opened.push(made);
    await made.store.get("ROOTCA");
    rmSync(files.key);
    await made.store.get("default");
    expect([ca.calls.length, made.changes]).toEqual([1, []]);
  });

  test.each<[string, (files: ReturnType<typeof write>) => string]>([
    ["the chain is missing", ({ chain }) => gone(chain)],
    ["the key is missing", ({ key }) => gone(key)],
    ["the key is empty", ({ key }) => emptied(key)],
    ["the key is a directory", ({ key }) => gone(key, true)],
  ])("without a CA it is said which file, why, and by which setting: %s", async (_, damage) => {
    const files = write(newDirectory());
    const problem = damage(files);
    const made = open({ files, onlySource: "FILE_MOUNTED_CERTS is true" });
    expect(await outcome(made.store.get("default"))).toBe(
      "failed to generate workload certificate: attempted to fetch secret, but ca client is nil",
    );
    const reason = `${problem} (there is no certificate authority, as FILE_MOUNTED_CERTS is true)`;
    expect(made.log).toEqual([`warn Cannot get a certificate: ${reason}`]);
    expect(made.store.reason()).toBe(reason);
    rmSync(files.key, { recursive: true, force: true });
    write(dirname(files.key));
    for (const name of ["default", "ROOTCA"]) await made.store.get(name);
    expect(made.store.reason()).toBeUndefined();
    damage(files);
    await outcome(made.store.get("default"));
    expect(made.store.reason()).toBe(reason);
  });

  test("the root alone may be missing", async () => {
    const files = write(newDirectory());
    const problem = gone(files.root);
    const made = open({ files, onlySource: "FILE_MOUNTED_CERTS is true" });
    expect(textOf(await made.store.get("default"))).toBe(ONE.chain);
    await outcome(made.store.get("ROOTCA"));
    expect(made.log).toEqual([
      `warn Cannot get a certificate: ${problem} (there is no certificate authority, as FILE_MOUNTED_CERTS is true)`,
    ]);
  });

  test("an incomplete set of files is not used, with a warning", async () => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign" }]);
    const files = write(newDirectory());
    const problem = emptied(files.key);
    const made = storeOf(caPlan(ca.port), { files });
    opened.push(made);
    for (const name of ["default", "default", "ROOTCA"]) await made.store.get(name);
    expect(made.log.filter((line) => line.startsWith("warn"))).toEqual([
      `warn Using the certificate authority instead of certificate files: ${problem}`,
    ]);
  });

  test("missing files are not reported", async () => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign" }]);
    const files = write(newDirectory());
    rmSync(dirname(files.key), { recursive: true });
    const made = storeOf(caPlan(ca.port), { files });
    opened.push(made);
    for (const name of ["default", "ROOTCA"]) await made.store.get(name);
    expect(made.log.filter((line) => line.startsWith("warn"))).toEqual([]);
  });

  test("roots that cannot be parsed are left out", async () => {
    const made = open();
    const { root } = write(
      newDirectory(),
      ONE,
      `${authority.root}-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n# text\n${other.root}`,
    );
    expect(textOf(await made.store.get(`file-root:${root}`))).toBe(authority.root + other.root);
  });

  test("files that are written while they are asked for are waited for", async () => {
    const made = open();
    const { chain, key } = write(newDirectory(), { chain: TWO.chain, key: ONE.key });
    const waiting = made.store.get(`file-cert:${chain}~${key}`);
    const again = made.store.get(`file-cert:${chain}~${key}`);
    replace(key, TWO.key);
    expect(textOf(await waiting)).toBe(TWO.chain);
    expect(await again).toEqual(await waiting);
    expect(made.log).toEqual([]);
  });

  test("files that cannot be used: an error after some time, logged once (recorded: sds/file_missing)", async () => {
    const directory = newDirectory();
    const { chain, key } = write(directory, { chain: ONE.chain, key: TWO.key });
    writeFileSync(join(directory, "no-pem"), "x");
    const pair = (certificate: string, privateKey: string) => `("${certificate}", "${privateKey}")`;
    const names: readonly (readonly [name: string, problem: string])[] = [
      [`file-cert:${chain}~${key}`, `the private key does not belong to the certificate ${pair(chain, key)}`],
      [
        `file-cert:${chain}~${directory}/no-pem`,
        `the file of the private key contains no private key ${pair(chain, `${directory}/no-pem`)}`,
      ],
      [
        `file-cert:${directory}/no-pem~${key}`,
        `the file of the certificate chain contains no certificate ${pair(`${directory}/no-pem`, key)}`,
      ],
      [`file-cert:${directory}/none~${key}`, `open ${directory}/none: no such file or directory`],
      [`file-root:${directory}/no-pem`, `failed to parse root certs from file ${directory}/no-pem`],
      [`file-root:${directory}`, `read ${directory}: is a directory`],
      ["file-root:/dev/zero", "open /dev/zero: is not a regular file"],
    ];
    const counts = startCounts();
    const log: string[] = [];
    const tools = { limit: 200, changed: () => {}, counts, log: (level: string, text: string) => log.push(`${level} ${text}`) };
    const files = openFileSecrets({ debounce: 10, followsLinks: true }, tools);
    const began = performance.now();
    for (const _ of [1, 2]) {
      const outcomes = await Promise.all(names.map(async ([name]) => outcome(files.get(name))));
      expect(outcomes).toEqual(names.map(([, problem]) => `context deadline exceeded with last error: ${problem}`));
    }
    expect(performance.now() - began).toBeGreaterThan(400);
    expect(log.sort()).toEqual(names.map(([name, problem]) => `warn Cannot use the files of secret "${name}": ${problem}`).sort());
    expect(counts.fileSecretFailures).toBe(2 * names.length);
    files.close();
  });

  test("a file that breaks again is logged again", async () => {
    const path = join(newDirectory(), "root.pem");
    const log: string[] = [];
    const tools = {
      limit: 0,
      changed: () => {},
      counts: startCounts(),
      log: (level: string, text: string) => log.push(`${level} ${text}`),
    };
    const files = openFileSecrets({ debounce: 10, followsLinks: true }, tools);
    for (const text of ["", "", authority.root, "", ""]) {
      writeFileSync(path, text);
      await outcome(files.get(`file-root:${path}`));
    }
    const line = `warn Cannot use the files of secret "file-root:${path}": failed to parse root certs from file ${path}`;
    expect(log).toEqual([line, line]);
    files.close();
  });

  test("names that cannot be used take little memory, however long they are", async () => {
    const lengths: number[] = [];
    const tools = { limit: 0, changed: () => {}, counts: startCounts(), log: (_: string, text: string) => lengths.push(text.length) };
    const files = openFileSecrets({ debounce: 10, followsLinks: true }, tools);
    const held = () => {
      Bun.gc(true);
      const { heapSize, extraMemorySize } = heapStats();
      return heapSize + extraMemorySize;
    };
    const before = held();
    for (let index = 0; index < 50; index++) await outcome(files.get(`file-root:/${index}${"x".repeat(1_000_000)}`));
    expect(held() - before).toBeLessThan(40_000_000);
    expect(lengths).toHaveLength(50);
    expect(Math.max(...lengths)).toBeLessThan(3_000);
    files.close();
  });

  test("that is not there yet is waited for by each caller for the whole time", async () => {
    const path = join(newDirectory(), "root.pem");
    const counts = startCounts();
    const files = openFileSecrets({ debounce: 10, followsLinks: true }, { limit: 400, changed: () => {}, counts, log: () => {} });
    const began = performance.now();
    const first = outcome(files.get(`file-root:${path}`));
    await eventually(() => performance.now() - began > 200 || undefined);
    const second = files.get(`file-root:${path}`);
    expect(await first).toStartWith("context deadline exceeded");
    writeFileSync(path, authority.root);
    expect(textOf((await second) ?? expect.unreachable()).trim()).toBe(authority.root.trim());
    const last = outcome(files.get(`file-root:${path}.none`));
    files.close();
    expect(await last).toStartWith("context deadline exceeded");
    expect(counts.fileSecretFailures).toBe(2);
  });

  test.each(["file-root:", "file-cert:~", "file-cert:/a~"])(
    "%s has no path, which is an error (recorded: sds/file_malformed)",
    async (name) => {
      expect(await outcome(open().store.get(name))).toBe("the name of a file has no path");
    },
  );
});

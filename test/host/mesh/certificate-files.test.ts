import { afterEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileSecrets } from "../../../src/host/mesh/certificate-files.ts";
import { startCounts } from "../../../src/mesh/counts.ts";
import type { SdsPlan } from "../../../src/mesh/mesh-plan.ts";
import { pemBlocks } from "../../../src/mesh/pem.ts";
import type { Secret } from "../../../src/mesh/secret.ts";
import { createAuthority } from "../../mesh/lab/authority.ts";
import { startScriptedAuthority } from "../../mesh/lab/scripted-authority.ts";
import { eventually } from "../../support/eventually.ts";
import { caPlan, outcome, storeOf, type TestStore } from "./store-of.ts";

const authority = await createAuthority();
const other = await createAuthority("other");
const [ONE, TWO] = [await authority.workload("spiffe://one"), await authority.workload("spiffe://two")];
const opened: TestStore[] = [];
const directories: string[] = [];

afterEach(() => {
  for (const { store } of opened.splice(0)) store.close();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "certificates-"));
  directories.push(directory);
  return directory;
}

function open(more: Partial<SdsPlan> = {}): TestStore {
  const made = storeOf(undefined, { debounce: 10, ...more });
  opened.push(made);
  return made;
}

/** Writes the three files, and returns their paths. */
function write(directory: string, pair = ONE, root = authority.root) {
  const files = { chain: join(directory, "cert-chain.pem"), key: join(directory, "key.pem"), root: join(directory, "root-cert.pem") };
  writeFileSync(files.chain, pair.chain);
  writeFileSync(files.key, pair.key);
  writeFileSync(files.root, root);
  return files;
}

/** Replaces a file as a whole. */
function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

function textOf(secret: Secret): string {
  return Buffer.from(secret.kind === "validation" ? secret.roots : secret.chain).toString();
}

/** Waits until a number of changes have come. */
function changes(made: TestStore, count: number): Promise<readonly string[]> {
  return eventually(() => (made.changes.length >= count ? made.changes : undefined));
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
      [`file-root:${directory}`, `open ${directory}: is a directory`],
      ["file-root:/dev/zero", "open /dev/zero: is not a regular file"],
    ];
    const counts = startCounts();
    const log: string[] = [];
    const tools = { limit: 200, changed: () => {}, counts, log: (level: string, text: string) => log.push(`${level} ${text}`) };
    const files = openFileSecrets({ debounce: 10 }, tools);
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

  test.each(["file-root:", "file-cert:~", "file-cert:/a~"])(
    "%s has no path, which is an error (recorded: sds/file_malformed)",
    async (name) => {
      expect(await outcome(open().store.get(name))).toBe("the name of a file has no path");
    },
  );
});

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

describe("OUTPUT_CERTS", () => {
  test("has the parts of what was made, written only if they have changed", async () => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign" }]);
    const directory = newDirectory();
    const made = storeOf(caPlan(ca.port), { output: { directory, mode: 0o644 } });
    opened.push(made);
    const secret = await made.store.get("default");
    if (secret.kind !== "certificate") throw new Error("no certificate");
    await made.store.get("ROOTCA");
    const read = (name: string) => readFileSync(join(directory, name));
    expect([read("key.pem"), read("cert-chain.pem")]).toEqual([Buffer.from(secret.key), Buffer.from(secret.chain)]);
    expect(read("root-cert.pem").toString()).toBe(authority.root.trimEnd());
    const before = statSync(join(directory, "key.pem"));
    expect(before.mode & 0o777).toBe(0o644);
    await made.store.get("default");
    expect(statSync(join(directory, "key.pem")).ino).toBe(before.ino);
    made.store.setBundle([other.root]);
    await made.store.get("default");
    await made.store.get("ROOTCA");
    expect(statSync(join(directory, "key.pem")).ino).not.toBe(before.ino);
    expect(pemBlocks(read("root-cert.pem").toString())).toHaveLength(2);
    // Another name writes nothing.
    rmSync(join(directory, "key.pem"));
    await made.store.get("other");
    expect(() => read("key.pem")).toThrow();
  });

  test("without its directory the secret is served all the same, and the error logged once", async () => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign" }]);
    const made = storeOf(caPlan(ca.port), { output: { directory: "/nowhere/at/all", mode: 0o600 } });
    opened.push(made);
    for (const name of ["default", "ROOTCA", "default"]) await made.store.get(name);
    expect(made.log.filter((line) => line.startsWith("error"))).toEqual([
      'error Cannot write certificates to "/nowhere/at/all" (OUTPUT_CERTS): no such file or directory',
    ]);
  });

  test("is kept up to date without an Envoy (DISABLE_ENVOY)", async () => {
    await using ca = await startScriptedAuthority(authority, [
      { kind: "status", code: 7, message: "not now" },
      { kind: "sign", seconds: 2 },
    ]);
    const directory = newDirectory();
    const made = storeOf(caPlan(ca.port), { output: { directory, mode: 0o600 } }, {});
    opened.push(made);
    await eventually(() => (ca.calls.length >= 4 ? true : undefined));
    const keys = await eventually(() => readFileSync(join(directory, "key.pem"), "utf8"));
    await eventually(() => (readFileSync(join(directory, "key.pem"), "utf8") === keys ? undefined : true));
  });
});

import { afterEach, describe, expect, spyOn, test } from "bun:test";
import { createPrivateKey, X509Certificate } from "node:crypto";
import fs, {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { pemBlocks } from "../../../../src/mesh/pem.ts";
import { startScriptedAuthority, withRoot } from "../../../mesh/lab/scripted-authority.ts";
import { eventually } from "../../../support/eventually.ts";
import { fakeClocks } from "../fake-clocks.ts";
import { caPlan, storeOf } from "../store-of.ts";
import { authority, closeAll, newDirectory, ONE, opened, other, write } from "./stores.ts";

afterEach(closeAll);

/** Writes an empty file. Returns its path. */
function writeEmpty(path: string): string {
  writeFileSync(path, "");
  return path;
}

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

  test("is never readable for others before it has its mode", async () => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign" }]);
    const made = storeOf(caPlan(ca.port), { output: { directory: newDirectory(), mode: 0o600 } });
    opened.push(made);
    const modes: number[] = [];
    const { chmodSync: change } = fs;
    using _ = spyOn(fs, "chmodSync").mockImplementation((path, mode) => {
      modes.push(statSync(path).mode & 0o777);
      change(path, mode);
    });
    await made.store.get("default");
    expect(modes).toEqual([0o600, 0o600, 0o600]);
  });

  test("has nothing of a secret that a configuration names by its files", async () => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign" }]);
    const [directory, files] = [newDirectory(), write(newDirectory())];
    const made = storeOf(caPlan(ca.port), { output: { directory, mode: 0o644 } });
    opened.push(made);
    await made.store.get(`file-root:${files.root}`);
    await made.store.get(`file-cert:${files.chain}~${files.key}`);
    await made.store.get("file-root:system").catch(() => {});
    expect(readdirSync(directory)).toEqual([]);
    await made.store.get("default");
    expect(readdirSync(directory).sort()).toEqual(["cert-chain.pem", "key.pem", "root-cert.pem"]);
  });

  test("has all parts of a certificate that the CA has issued, whichever secret it was issued for", async () => {
    await using ca = await startScriptedAuthority(authority, [
      { kind: "sign", seconds: 3_600 },
      { kind: "sign", seconds: 36_000, edit: withRoot(other.root) },
      { kind: "sign", seconds: 360_000 },
    ]);
    const directory = newDirectory();
    const clocks = fakeClocks();
    const made = storeOf(caPlan(ca.port), { output: { directory, mode: 0o600 } }, { socket: "/nowhere", clocks });
    opened.push(made);
    const read = (name: string) => readFileSync(join(directory, name), "utf8");
    const written = () => ({ leaf: new X509Certificate(read("cert-chain.pem")), key: createPrivateKey(read("key.pem")) });
    const serials = new Set<string>();
    for (const [name, root, rotation] of [
      ["default", authority.root, 31 * 60_000],
      ["default", other.root, 5 * 3_600_000],
      ["ROOTCA", authority.root, 0],
    ] as const) {
      await made.store.get(name);
      expect(read("root-cert.pem")).toBe(root.trimEnd());
      const { leaf, key } = written();
      expect(leaf.checkPrivateKey(key)).toBe(true);
      serials.add(leaf.serialNumber);
      for (const file of ["root-cert.pem", "cert-chain.pem", "key.pem"]) rmSync(join(directory, file));
      clocks.pass(rotation);
    }
    expect([serials.size, ca.calls.length]).toEqual([3, 3]);
    // The trust bundle is part of the root certificates, as in what Envoy gets.
    made.store.setBundle([other.root]);
    await made.store.get("ROOTCA");
    expect(pemBlocks(read("root-cert.pem"))).toHaveLength(2);
  });

  test("keeps a file that was replaced by hand until its own part is requested, or a certificate is new", async () => {
    await using ca = await startScriptedAuthority(authority, [
      { kind: "sign", seconds: 3_600 },
      { kind: "sign", seconds: 36_000 },
    ]);
    const directory = newDirectory();
    const clocks = fakeClocks();
    const made = storeOf(caPlan(ca.port), { output: { directory, mode: 0o600 } }, { socket: "/nowhere", clocks });
    opened.push(made);
    const root = join(directory, "root-cert.pem");
    await made.store.get("default");
    for (const [name, kept] of [
      ["default", true],
      ["ROOTCA", false],
    ] as const) {
      writeFileSync(root, other.root);
      await made.store.get(name);
      expect(readFileSync(root, "utf8") === other.root).toBe(kept);
    }
    writeFileSync(root, other.root);
    clocks.pass(31 * 60_000);
    await made.store.get("default");
    expect(readFileSync(root, "utf8")).toBe(authority.root.trimEnd());
    expect(ca.calls).toHaveLength(2);
  });

  test("has what comes from files, also after a certificate of the CA", async () => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign", seconds: 3_600 }]);
    const directory = newDirectory();
    const clocks = fakeClocks();
    const files = write(newDirectory(), ONE, other.root);
    const made = storeOf(caPlan(ca.port), { files, output: { directory, mode: 0o600 } }, { socket: "/nowhere", clocks });
    opened.push(made);
    const read = (name: string) => readFileSync(join(directory, name), "utf8");
    for (const name of ["default", "ROOTCA"]) await made.store.get(name);
    expect([read("cert-chain.pem"), read("key.pem"), read("root-cert.pem")]).toEqual([ONE.chain, ONE.key, other.root.trimEnd()]);
    rmSync(files.key);
    await made.store.get("default");
    expect([ca.calls.length, pemBlocks(read("cert-chain.pem")).length, read("root-cert.pem")]).toEqual([1, 3, other.root.trimEnd()]);
    write(dirname(files.key), ONE, "");
    await made.store.get("default");
    clocks.pass(31 * 60_000);
    await made.store.get("ROOTCA");
    expect(ca.calls).toHaveLength(2);
    expect([read("cert-chain.pem"), read("key.pem"), read("root-cert.pem")]).toEqual([ONE.chain, ONE.key, authority.root.trimEnd()]);
  });

  test.each<[what: string, prepare: (path: string) => void]>([
    ["a pipe", (path) => void Bun.spawnSync(["mkfifo", path])],
    ["a device without an end", (path) => symlinkSync("/dev/zero", path)],
    ["a large file", (path) => truncateSync(writeEmpty(path), 4e9)],
  ])("replaces what is there: %s", async (_, prepare) => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign" }]);
    const directory = newDirectory();
    prepare(join(directory, "key.pem"));
    const made = storeOf(caPlan(ca.port), { output: { directory, mode: 0o600 } });
    opened.push(made);
    const secret = await made.store.get("default");
    if (secret.kind !== "certificate") throw new Error("no certificate");
    expect(lstatSync(join(directory, "key.pem")).isFile()).toBe(true);
    expect(readFileSync(join(directory, "key.pem"))).toEqual(Buffer.from(secret.key));
  });

  test("that is a file is an error with the reason", async () => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign" }]);
    const directory = writeEmpty(join(newDirectory(), "file"));
    const made = storeOf(caPlan(ca.port), { output: { directory, mode: 0o600 } });
    opened.push(made);
    await made.store.get("default");
    expect(made.log).toContain(`error Cannot write certificates to "${directory}" (OUTPUT_CERTS): not a directory`);
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

  test("a file that cannot be replaced is named, once until it could be written; the root certificates are written all the same", async () => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign" }]);
    const directory = newDirectory();
    const path = (name: string) => join(directory, name);
    mkdirSync(path("key.pem"));
    const made = storeOf(caPlan(ca.port), { output: { directory, mode: 0o600 } });
    opened.push(made);
    const errors = () => made.log.filter((line) => line.startsWith("error"));
    const cannotWrite = (name: string) => `error Cannot write "${path(name)}" (OUTPUT_CERTS): is a directory`;
    for (const name of ["default", "ROOTCA", "default"]) await made.store.get(name);
    expect(errors()).toEqual([cannotWrite("key.pem")]);
    // No chain without its key.
    expect(readdirSync(directory).sort()).toEqual(["key.pem", "root-cert.pem"]);
    rmSync(path("root-cert.pem"));
    mkdirSync(path("root-cert.pem"));
    for (const name of ["default", "ROOTCA"]) await made.store.get(name);
    expect(errors()).toEqual(["key.pem", "root-cert.pem"].map(cannotWrite));
    rmdirSync(path("key.pem"));
    await made.store.get("default");
    rmSync(path("key.pem"));
    mkdirSync(path("key.pem"));
    await made.store.get("default");
    expect(errors()).toEqual(["key.pem", "root-cert.pem", "key.pem"].map(cannotWrite));
  });

  test("that is not writable any more is reported once, while a part has not changed", async () => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign" }]);
    const directory = newDirectory();
    const made = storeOf(caPlan(ca.port), { output: { directory, mode: 0o644 } });
    opened.push(made);
    await made.store.get("default");
    rmSync(join(directory, "key.pem"));
    chmodSync(directory, 0o555);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(65534);
    try {
      for (const name of ["default", "ROOTCA", "default"]) await made.store.get(name);
    } finally {
      if (isRoot) process.seteuid?.(0);
      chmodSync(directory, 0o755);
    }
    expect(made.log.filter((line) => line.startsWith("error"))).toEqual([
      `error Cannot write certificates to "${directory}" (OUTPUT_CERTS): permission denied`,
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

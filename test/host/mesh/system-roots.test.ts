import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { readSystemRoots } from "../../../src/host/mesh/system-roots.ts";
import { pemBlocks } from "../../../src/mesh/pem.ts";
import { createAuthority } from "../../mesh/lab/authority.ts";
import { isolated } from "../../support/isolated.ts";

const directory = mkdtempSync(join(tmpdir(), "attache-system-roots-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const names = ["one", "two", "three", "four"];
const roots = await Promise.all(names.map(async (name) => (await createAuthority(name)).root));
const [one = "", two = "", three = "", four = ""] = roots;

function write(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

/** Returns the names of the authorities whose root certificates are read. */
function namesOf(files: readonly string[], directories: readonly string[]): readonly string[] | string {
  const read = readSystemRoots({ kind: "system", files, directories });
  if (!read.ok) return read.error;
  const all = roots.map((root) => pemBlocks(root)[0]?.text);
  return pemBlocks(read.value).map(({ text }) => names[all.indexOf(text)] ?? "unknown");
}

test("root certificates are those of the first file that can be read, and of all files in the directories, each once", async () => {
  const bundle = write("bundle", one + two);
  const other = write("other", three);
  const extra = join(directory, "extra");
  mkdirSync(join(extra, "below"), { recursive: true });
  write("extra/a.pem", `text before\n${two}`);
  write("extra/b.crt", four);
  write("extra/readme", "no certificate");
  write("extra/below/c.pem", one);
  symlinkSync("b.crt", join(extra, "1234abcd.0"));
  symlinkSync(other, join(extra, "linked.pem"));
  symlinkSync("nowhere/x", join(extra, "broken.pem"));
  await $`mkfifo ${join(extra, "pipe")}`;
  expect(namesOf([bundle, other], [])).toEqual(["one", "two"]);
  expect(namesOf([join(directory, "missing"), extra, other, bundle], [])).toEqual(["three"]);
  expect(namesOf([bundle], [extra])).toEqual(["one", "two", "four", "three"]);
  expect(namesOf([], ["/nowhere", extra])).toEqual(["two", "four", "three"]);
});

test("that there are none is said with what names others, and why", () => {
  const problem = "SSL_CERT_FILE and SSL_CERT_DIR name no root certificate";
  const missing = join(directory, "missing");
  expect(namesOf([missing], ["/nowhere", join(directory, "extra/below/none")])).toBe(
    `${problem}: cannot read "${missing}": no such file or directory`,
  );
  expect(namesOf([directory], [])).toBe(`${problem}: cannot read "${directory}": is a directory`);
  expect(namesOf([write("empty", "")], [])).toBe(problem);
});

test("that the operating system has none is said with what names others", async () => {
  const program = `const { readSystemRoots } = await import(${JSON.stringify(join(import.meta.dir, "../../../src/host/mesh/system-roots.ts"))});
    console.log(readSystemRoots({ kind: "system" }).error);`;
  const hidden = ["/etc/ssl", "/etc/pki"].map((path) => `{ test ! -e ${path} || mount -t tmpfs none ${path}; }`);
  const command = [...isolated(["--mount"], [...hidden, 'exec "$@"'].join(" && ")), process.execPath, "-e", program];
  expect(await $`${command}`.text()).toBe("the operating system has no root certificates (SSL_CERT_FILE and SSL_CERT_DIR name others)\n");
});

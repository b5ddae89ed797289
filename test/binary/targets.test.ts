import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { unpackRuntime } from "../../build/runtime.ts";
import { sizeTable } from "../../build/sizes.ts";
import { hostTarget, namedTarget, TARGETS } from "../../build/targets.ts";
import { ROOT } from "../support/subject.ts";

const work = mkdtempSync(join(tmpdir(), "attache-targets-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** e_machine of an ELF header. */
const MACHINES = { x64: 0x3e, arm64: 0xb7 } as const;

describe.each(TARGETS.map((target) => [target.name, target] as const))("%s", (name, { arch, libc }) => {
  const file = join(ROOT, "dist", name, "attache");
  let bytes: Buffer;

  beforeAll(async () => {
    const built = await $`${process.execPath} build.ts --target ${name}`.cwd(ROOT).quiet();
    expect(built.stdout.toString()).toContain(`dist/${name}/attache for ${name}`);
    bytes = readFileSync(file);
  });

  test("is an executable of its machine and C library", () => {
    const loader = /\/lib(?:64)?\/(ld-[a-z0-9_-]+\.so\.[12])\0/.exec(bytes.subarray(0, 4_096).toString("latin1"))?.[1] ?? "";
    expect([bytes.readUInt16LE(18), loader.includes("musl")]).toEqual([MACHINES[arch], libc === "musl"]);
  });

  test("holds none of the runtime's switches", () => {
    // The complete names are only in scripts for a debugger, as members of `env`.
    const text = bytes.toString("latin1");
    expect([...text.matchAll(/(?<!env\.)BUN_(?:BE_BUN|OPTIONS|INSPECT)/g)].map(({ index }) => index)).toEqual([]);
  });
});

test("a runtime that is not what the lock file pins is refused", async () => {
  const packages = await $`tar -cz -C ${ROOT} package.json`.quiet();
  const { version } = JSON.parse(readFileSync(join(ROOT, "node_modules/bun/package.json"), "utf8"));
  const before = process.env["XDG_CACHE_HOME"];
  process.env["XDG_CACHE_HOME"] = work;
  try {
    await Bun.write(join(work, `attache/runtimes/oven-bun-linux-aarch64-${version}.tgz`), packages.stdout);
    await expect(unpackRuntime("@oven/bun-linux-aarch64", work)).rejects.toThrow("package-lock.json has sha512-");
    expect(existsSync(join(work, "package"))).toBe(false);
  } finally {
    if (before === undefined) delete process.env["XDG_CACHE_HOME"];
    else process.env["XDG_CACHE_HOME"] = before;
  }
});

test.each([
  ["x64", "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "linux-x64"],
  ["arm64", "/usr/lib/ld-linux-aarch64.so.1", "linux-arm64"],
  ["x64", "/lib/ld-musl-x86_64.so.1", "linux-x64-musl"],
])("a build on %s with %s is for %s", (arch, maps, name) => expect(hostTarget(arch, maps).name).toBe(name));

test("machines and names without a target are refused", () => {
  expect(() => hostTarget("ppc64", "")).toThrow("there is no target for ppc64 with glibc");
  expect(() => namedTarget("linux-x86")).toThrow('Cannot build for "linux-x86": targets are linux-x64, linux-arm64');
});

test("the size table", () => {
  expect(
    sizeTable([["attache", { raw: 1, gzip: 0.55, zstd: 0.5 }]])
      .split("\n")
      .at(-1),
  ).toBe("| attache | 1.0 | 0.6 | 0.5 |");
});

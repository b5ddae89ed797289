import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { TARGETS } from "../../build/targets.ts";
import { documentsOf, MANIFESTS } from "../examples/manifests.ts";
import { ROOT } from "../support/subject.ts";

const OUT = join(ROOT, "dist/release");
const { version, dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const work = mkdtempSync(join(tmpdir(), "attache-unpacked-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

beforeAll(async () => {
  await $`${process.execPath} build/release.ts`.cwd(ROOT).quiet();
}, 300_000);

const read = (name: string) => readFileSync(join(OUT, name), "utf8");
const archives = TARGETS.map(({ name }) => `attache-${version}-${name}.tar.gz`);

test("every file is listed with its checksum", async () => {
  await $`sha256sum --check --strict --quiet SHA256SUMS`.cwd(OUT).quiet();
  const listed = read("SHA256SUMS").trim().split("\n");
  expect(listed.map((line) => line.slice(66)).sort()).toEqual(
    readdirSync(OUT)
      .filter((name) => name !== "SHA256SUMS")
      .sort(),
  );
  expect(readdirSync(OUT)).toEqual(expect.arrayContaining(archives));
});

/** Unpacks the archive of a target. Returns where its executable is. */
async function unpack(target: string): Promise<string> {
  const name = `attache-${version}-${target}`;
  await $`tar -xzf ${join(OUT, `${name}.tar.gz`)} -C ${work}`.quiet();
  expect(readdirSync(join(work, name)).sort()).toEqual(["LICENSE", "LICENSES.txt", "attache"]);
  return join(work, name, "attache");
}

async function run(command: readonly string[], env: Record<string, string>): Promise<string> {
  const child = Bun.spawn([...command], { cwd: work, env, stdio: ["ignore", "pipe", "inherit"] });
  const [out, status] = await Promise.all([child.stdout.text(), child.exited]);
  expect(status).toBe(0);
  return out;
}

test("the archive of this machine starts with nothing installed", async () => {
  expect(await run([await unpack(`linux-${process.arch}`), "version"], {})).toContain(`GitTag:"attache ${version} (`);
});

// Emulation of another processor, and its C library from Debian packages: `apt-get install qemu-user-static mmdebstrap`.
test.skipIf(Bun.which("qemu-aarch64-static") === null && !process.env["CI"])(
  "the archive for arm64 prints and renders the same as this machine's",
  async () => {
    const libraries = join(work, "arm64");
    await $`mmdebstrap --variant=extract --architectures=arm64 --include=libc6 bookworm ${libraries}`.quiet();
    const [ours, theirs] = [[await unpack(`linux-${process.arch}`)], ["qemu-aarch64-static", "-L", libraries, await unpack("linux-arm64")]];
    const env = {
      PATH: process.env["PATH"] ?? "",
      POD_NAME: "hello",
      POD_NAMESPACE: "default",
      INSTANCE_IP: "127.0.0.1",
      CLOUD_PLATFORM: "none",
      PROXY_CONFIG: '{"controlPlaneAuthPolicy":"NONE","discoveryAddress":"localhost:15010"}',
    };
    for (const command of [["version"], ["render", "sidecar"], ["--profile", "istio-1.6", "render", "router"]])
      expect(await run([...theirs, ...command], env)).toBe(await run([...ours, ...command], env));
  },
  300_000,
);

test("the bill of materials, the licences and the provenance list the contents", () => {
  const inside = [...Object.keys(dependencies), ...TARGETS.map(({ runtime }) => runtime)];
  const bill = JSON.parse(read(`attache-${version}.cdx.json`));
  expect([bill.bomFormat, bill.metadata.component.version]).toEqual(["CycloneDX", version]);
  expect(bill.components.map(({ name }: { readonly name: string }) => name)).toEqual(inside);
  const licences = read("LICENSES.txt");
  expect(inside.filter((name) => !licences.includes(`${name} `))).toEqual([]);
  const { subject, predicate } = JSON.parse(read(`attache-${version}.provenance.json`));
  expect(subject.map(({ name }: { readonly name: string }) => name)).toEqual(archives);
  expect(
    subject.map(({ name, digest }: { readonly name: string; readonly digest: { readonly sha256: string } }) => `${digest.sha256}  ${name}`),
  ).toEqual(read("SHA256SUMS").split("\n").slice(0, archives.length));
  expect(predicate.buildDefinition.resolvedDependencies.length).toBe(inside.length);
});

test("image and manifests have the version of package.json", () => {
  expect(readFileSync(join(ROOT, "Dockerfile"), "utf8")).toContain(`ARG VERSION=${version}\n`);
  const images = MANIFESTS.flatMap((name) =>
    [...JSON.stringify(documentsOf(name)).matchAll(/"image":"attache:([^"]*)"/g)].map(([, tag]) => tag),
  );
  expect(images).toEqual(MANIFESTS.map(() => version));
});

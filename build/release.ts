import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { compile } from "./compile.ts";
import { readComponents } from "./components.ts";
import { billOfMaterials, checksums, type Digest, licences, provenance } from "./documents.ts";
import { sizesOf, sizeTable } from "./sizes.ts";
import { readStamp } from "./stamp.ts";
import { hostTarget, TARGETS } from "./targets.ts";

/** Builds dist/release: an archive per target, licences, bill of materials, provenance and checksums. */
const ROOT = join(import.meta.dir, "..");
const OUT = join(ROOT, "dist/release");
const stamp = await readStamp();
const components = readComponents();
const host = hostTarget(process.arch, readFileSync("/proc/self/maps", "utf8"));
const prefix = `attache-${stamp.version}`;
const licenceTexts = licences(components);

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
const sizes = [];
for (const target of TARGETS) {
  const file = join(ROOT, "dist", target.name, "attache");
  await compile(target, file, stamp, target === host);
  await pack(file, `${prefix}-${target.name}`);
  sizes.push([target.name, sizesOf(file)] as const);
}
const archives = TARGETS.map(({ name }) => digestOf(`${prefix}-${name}.tar.gz`));
writeJson(`${prefix}.cdx.json`, billOfMaterials(stamp, components));
writeJson(`${prefix}.provenance.json`, provenance(stamp, archives, components));
writeFileSync(join(OUT, "LICENSES.txt"), licenceTexts);
const others = [`${prefix}.cdx.json`, `${prefix}.provenance.json`, "LICENSES.txt"].map(digestOf);
writeFileSync(join(OUT, "SHA256SUMS"), checksums([...archives, ...others]));
console.log(`${sizeTable(sizes)}\n\ndist/release: attache ${stamp.version} ${stamp.commit} ${stamp.date}`);

/** Packs a directory with the executable and the licences reproducibly. */
async function pack(file: string, name: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "attache-release-"));
  try {
    mkdirSync(join(work, name));
    cpSync(file, join(work, name, "attache"));
    cpSync(join(ROOT, "LICENSE"), join(work, name, "LICENSE"));
    writeFileSync(join(work, name, "LICENSES.txt"), licenceTexts);
    const seconds = stamp.date === "unknown" ? 0 : Date.parse(stamp.date) / 1_000;
    const fixed = [
      "--format=ustar",
      "--sort=name",
      `--mtime=@${seconds}`,
      "--owner=0",
      "--group=0",
      "--numeric-owner",
      "--mode=u+rwX,go+rX,go-w",
    ];
    await $`tar ${fixed} -c -C ${work} ${name} | gzip -n -6 > ${join(OUT, `${name}.tar.gz`)}`.quiet();
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function writeJson(name: string, document: object): void {
  writeFileSync(join(OUT, name), `${JSON.stringify(document, null, 2)}\n`);
}

function digestOf(name: string): Digest {
  return { name, sha256: new Bun.CryptoHasher("sha256").update(readFileSync(join(OUT, name))).digest("hex") };
}

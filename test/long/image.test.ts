import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { succeed } from "../container/engine.ts";
import { buildAgain, buildImages, IMAGES } from "../container/images.ts";
import { ROOT } from "../support/subject.ts";

beforeAll(buildImages, 1_800_000);

const built: string[] = [];
afterAll(async () => {
  for (const image of built) await succeed("podman", "rmi", "--force", image);
});

test("an image that is built again from the same files has the same layers and configuration", async () => {
  const identities: string[] = [];
  for (const name of ["once", "again"]) {
    const image = await buildAgain(name);
    built.push(image);
    identities.push(await succeed("podman", "image", "inspect", "--format", "{{.Id}} {{.RootFS.Layers}}", image));
  }
  expect(identities[1]).toBe(identities[0]);
}, 1_200_000);

test.each([
  ["the whole image, also `exec`", IMAGES.attache],
  ["the whole image, `debug`", IMAGES.debug],
])(
  "%s has the sizes in the README, by build/image-sizes.ts",
  async (name, image) => {
    const directory = mkdtempSync(join(tmpdir(), "attache-image-"));
    try {
      const archive = join(directory, "image.tar");
      await succeed("podman", "save", "--output", archive, image);
      const printed = await Bun.spawn([process.execPath, join(ROOT, "build/image-sizes.ts"), archive], {
        stdio: ["ignore", "pipe", "inherit"],
      }).stdout.text();
      console.info(printed);
      const numbers = (text: string, row: string) =>
        (text.split("\n").find((line) => line.startsWith(`| ${row} |`)) ?? "").split("|").slice(2, 5).map(Number);
      const [said, measured] = [numbers(readFileSync(join(ROOT, "README.md"), "utf8"), name), numbers(printed, "all")];
      expect(measured).toHaveLength(3);
      for (const [index, size] of measured.entries()) expect(Math.abs(size - (said[index] ?? 0)) / size).toBeLessThan(0.01);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
  600_000,
);

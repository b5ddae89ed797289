import { afterAll, beforeAll, expect, test } from "bun:test";
import { succeed } from "../container/engine.ts";
import { buildAgain, buildImages, IMAGES } from "../container/images.ts";

beforeAll(buildImages, 600_000);

let again: string | undefined;
afterAll(async () => {
  if (again !== undefined) await succeed("podman", "rmi", "--force", again);
});

test("the image built again from the same files has the same layers and the same configuration", async () => {
  const identity = (image: string) => succeed("podman", "image", "inspect", "--format", "{{.Id}} {{.RootFS.Layers}}", image);
  const first = await identity(IMAGES.attache);
  again = await buildAgain();
  expect(await identity(again)).toBe(first);
}, 600_000);

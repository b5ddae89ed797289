import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { succeed, succeedAlone } from "../container/engine.ts";
import { buildImages, IMAGES } from "../container/images.ts";

/** The image that holds a pod's network while its containers come and go. */
export const PAUSE = "localhost/pause:1";
/** Names of these images in the manifests and tests. */
const NAMES: readonly (readonly [image: string, name: string])[] = [
  [IMAGES.attache, "docker.io/library/attache:0.1.0"],
  [IMAGES.debug, "docker.io/library/attache:0.1.0-debug"],
  [IMAGES.init, "docker.io/library/attache:0.1.0-init"],
];
const APPLICATION = ["registry.example.com/app:1", "registry.example.com/job:1"] as const;

/** Builds the images of the container tests and those of the applications, and puts all of them into one archive. */
export async function savePodImages(archive: string, debian: string): Promise<void> {
  await buildImages();
  for (const [image, name] of NAMES) await succeed("podman", "tag", image, name);
  const work = mkdtempSync(join(tmpdir(), "attache-pods-"));
  try {
    await buildApplication(work);
    await buildPause(work, join(debian, "usr/bin/catatonit"));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  const names = [...NAMES.map(([, name]) => name), ...APPLICATION, PAUSE];
  await succeed("podman", "save", "--quiet", "--multi-image-archive", "--format", "docker-archive", "--output", archive, ...names);
}

/** One image for the application, the job and the load: the programs of `pods`, on attache's image, because `run` needs attache. */
async function buildApplication(work: string): Promise<void> {
  const out = join(work, "app");
  const sources = ["app", "job", "load"].map((name) => join(import.meta.dir, `pods/${name}.ts`));
  const built = await Bun.build({ entrypoints: sources, target: "bun", outdir: out });
  if (!built.success) throw new Error(`Cannot bundle the pods' programs: ${built.logs.join("\n")}`);
  // The manifest's command has no file extension and no interpreter.
  writeFileSync(join(out, "job"), `#!/usr/local/bin/bun\n${readFileSync(join(out, "job.js"), "utf8")}`);
  chmodSync(join(out, "job"), 0o755);
  copyFileSync(process.execPath, join(work, "bun"));
  const lines = [
    `FROM ${IMAGES.attache}`,
    "COPY bun /usr/local/bin/bun",
    "COPY app/ /app/",
    'ENTRYPOINT ["/usr/local/bin/bun", "/app/app.js"]',
  ];
  for (const tag of APPLICATION) await bud(work, lines, tag);
}

async function buildPause(work: string, catatonit: string): Promise<void> {
  mkdirSync(join(work, "pause"));
  copyFileSync(catatonit, join(work, "pause/catatonit"));
  await bud(join(work, "pause"), ["FROM scratch", "COPY catatonit /catatonit", 'ENTRYPOINT ["/catatonit", "-P"]'], PAUSE);
}

async function bud(context: string, lines: readonly string[], tag: string): Promise<void> {
  writeFileSync(join(context, "Dockerfile"), `${lines.join("\n")}\n`);
  const fixed = ["--isolation", "chroot", "--network", "host", "--layers", "--pull-never", "--timestamp", "0"];
  await succeedAlone("buildah", "bud", ...fixed, "-t", tag, context);
}

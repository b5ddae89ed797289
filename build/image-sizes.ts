import { $ } from "bun";
import { type Sizes, sizesOfBytes, sizeTable } from "./sizes.ts";

/** Prints the sizes of an image's layers: `npm run image-sizes -- IMAGE.tar`, with an archive from `docker save` or `podman save`. */
const [archive] = process.argv.slice(2);
if (archive === undefined) throw new Error("No archive of an image is named (docker save -o IMAGE.tar IMAGE)");

const [manifest] = JSON.parse((await entry("manifest.json")).toString());
const { history } = JSON.parse((await entry(manifest.Config)).toString());
const steps: readonly string[] = history.flatMap((step: { readonly empty_layer?: boolean; readonly created_by?: string }) =>
  step.empty_layer === true ? [] : [step.created_by ?? ""],
);

const rows: (readonly [string, Sizes])[] = [];
for (const [index, layer] of manifest.Layers.entries()) rows.push([nameOf(steps[index] ?? ""), sizesOfBytes(plain(await entry(layer)))]);
const total = (key: keyof Sizes) => rows.reduce((sum, [, sizes]) => sum + sizes[key], 0);
console.log(sizeTable([...rows, ["all", { raw: total("raw"), gzip: total("gzip"), zstd: total("zstd") }]]));

async function entry(name: string): Promise<Buffer<ArrayBuffer>> {
  return Buffer.from(await $`tar -xOf ${archive} ${name}`.quiet().arrayBuffer());
}

/** Some tools save layers compressed. */
function plain(layer: Buffer<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return layer[0] === 0x1f && layer[1] === 0x8b ? Bun.gunzipSync(layer) : layer;
}

/** Returns the destination of a COPY step; other layers belong to the base image. */
function nameOf(step: string): string {
  return /\b(?:COPY|ADD)\b.*\s(\/\S*)/.exec(step.replace(/#\s*buildkit\s*$/, ""))?.[1] ?? "base";
}

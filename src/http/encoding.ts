import { type Headers, headerOf } from "./header-fields.ts";

export type Encoding = "gzip" | "zstd";

/** Returns the compression a caller prefers; zstd if both are equal (contract 1.30 §10). */
export function encodingFor(headers: Headers): Encoding | undefined {
  const qualities = new Map((headerOf(headers, "accept-encoding") ?? "").split(",").map(parseQuality));
  const gzip = qualities.get("gzip") ?? 0;
  const zstd = qualities.get("zstd") ?? 0;
  if (zstd > 0 && zstd >= gzip) return "zstd";
  return gzip > 0 ? "gzip" : undefined;
}

function parseQuality(item: string): readonly [string, number] {
  const [name = "", ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
  const quality = parameters.find((each) => each.startsWith("q="));
  const value = quality === undefined ? 1 : Number(quality.slice(2));
  return [name, Number.isNaN(value) ? 0 : value];
}

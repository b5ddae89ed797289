import { readFileSync } from "node:fs";
import { join } from "node:path";
import { succeed } from "../container/engine.ts";
import { goProgram } from "../support/go-program.ts";
import { type ProtoEnum, type ProtoMessage, readProto } from "./proto-reader.ts";

/** The Go module that the releases publish their API in. */
export const MODULE = "istio.io/api";

/** A release that is followed: the API that it is built with, and where the schemas are kept. */
export interface ApiRelease {
  readonly name: string;
  /** As the go.mod of the release names it. */
  readonly version: string;
  /** What its messages write between the parts of an enum's name: Go's registered name, or that of the proto file. */
  readonly enumSeparator: "_" | ".";
  /** The release whose schemas it has but for some fields. */
  readonly basedOn?: string;
}

export const RELEASES: readonly ApiRelease[] = [
  { name: "istio-1.6", version: "v0.0.0-20200518162646-2c1705ec4d0b", enumSeparator: "_" }, // 1.6.0
  // 1.28.10, whose go.mod names v1.28.9, with the same messages: the proxy of Go modules has only the first of them.
  { name: "istio-1.28", version: "v1.28.0", enumSeparator: ".", basedOn: "istio-1.29" },
  { name: "istio-1.29", version: "v1.29.6", enumSeparator: ".", basedOn: "istio-1.30" }, // 1.29.6
  { name: "istio-1.30", version: "v1.30.3-0.20260710004328-2e43f07b30b6", enumSeparator: "." }, // 1.30.3
  { name: "istio-1.31", version: "v1.31.0", enumSeparator: ".", basedOn: "istio-1.30" }, // 1.31.0
];

/** The messages and enums of an API by their full names. */
export type Api = ReadonlyMap<string, ProtoMessage | ProtoEnum>;

/** The published API of a release, from the module that Go keeps in its cache. @throws Error that says what is missing */
export async function apiOf({ version }: ApiRelease): Promise<Api> {
  const { Dir } = JSON.parse(await succeed(goProgram("read the published API"), "mod", "download", "-json", `${MODULE}@${version}`));
  const types = new Map<string, ProtoMessage | ProtoEnum>();
  const read = new Set<string>();
  const wanted = ["mesh/v1alpha1/config.proto"];
  for (let path = wanted.pop(); path !== undefined; path = wanted.pop()) {
    if (read.has(path) || path.startsWith("google/") || path.startsWith("gogoproto/")) continue;
    read.add(path);
    const file = readProto(readFileSync(join(Dir, path), "utf8"));
    for (const [name, type] of file.types) types.set(name, type);
    wanted.push(...file.imports);
  }
  return types;
}

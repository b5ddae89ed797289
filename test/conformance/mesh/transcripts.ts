import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { COPY } from "./vendor.ts";

/** An event of a recorded exchange; which members it has depends on its kind. */
export interface RecordedEvent {
  /** Seconds since the scenario began. */
  readonly t: number;
  /** For example `client>agent sds`: who sends to whom. */
  readonly channel: string;
  readonly kind: "open" | "close" | "settings" | "headers" | "message" | "end" | "reset" | "goaway" | "ping" | "failed" | "note";
  readonly conn?: number;
  readonly stream?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly trailers_only?: boolean;
  readonly half_close?: boolean;
  readonly size?: number;
  readonly decoded?: Readonly<Record<string, unknown>>;
  readonly after_s?: number;
  /** How long the answer took: `at once`, `under 1 s`, `seconds` or `long`. */
  readonly timing?: string;
  readonly code?: number;
  readonly text?: string;
  readonly bytes?: string;
  readonly payload?: string;
  readonly parts?: readonly Pick<RecordedEvent, "bytes" | "payload">[];
}

/** A recorded exchange. */
export interface Transcript {
  readonly name: string;
  readonly about: string;
  readonly result: unknown;
  readonly events: readonly RecordedEvent[];
}

/** A resource of a servable set: the serialized Any. */
export interface RecordedResource {
  readonly type: string;
  readonly name: string;
  readonly any: Buffer;
}

let loaded: ReadonlyMap<string, Buffer> | undefined;

function files(): ReadonlyMap<string, Buffer> {
  loaded ??= new Map(
    Bun.zstdDecompressSync(readFileSync(COPY))
      .toString()
      .trimEnd()
      .split("\n")
      .map((line) => {
        const { name, text, base64 = "" } = JSON.parse(line) as Record<"name" | "text" | "base64", string | undefined>;
        return [name ?? "", text === undefined ? Buffer.from(base64, "base64") : Buffer.from(text)] as const;
      }),
  );
  return loaded;
}

function file(name: string): Buffer {
  const found = files().get(name);
  if (found === undefined) throw new Error(`no recorded file ${name}`);
  return name.endsWith(".gz") ? gunzipSync(found) : found;
}

/** Returns the names of the exchanges in a folder: `whole`, `sds`, `xds`, `ca` or `served`, as `folder/name`. */
export function transcriptNames(folder: string): readonly string[] {
  return [...files().keys()]
    .filter((name) => name.startsWith(`${folder}/`) && name.endsWith(".jsonl"))
    .map((name) => name.slice(0, -".jsonl".length));
}

/** Reads an exchange, for example `sds/ack`. */
export function transcript(name: string): Transcript {
  const [head = "", ...lines] = file(`${name}.jsonl`).toString().trimEnd().split("\n");
  const { about, result } = JSON.parse(head) as Pick<Transcript, "about" | "result">;
  return { name, about, result, events: lines.map((line) => JSON.parse(line) as RecordedEvent) };
}

/** Returns the bytes of a recorded message, without gRPC's prefix. */
export function messageOf({ parts, bytes, payload }: Pick<RecordedEvent, "parts" | "bytes" | "payload">): Buffer {
  if (parts !== undefined) return Buffer.concat(parts.map(messageOf));
  return bytes !== undefined ? Buffer.from(bytes, "base64") : file(payload ?? "");
}

/** Reads a set of resources that makes a real Envoy ready: `sidecar`, `gateway`, `gateway_plain`, … */
export function servableSet(name: string): readonly RecordedResource[] {
  const { resources } = JSON.parse(file(`sets/${name}.json`).toString()) as {
    readonly resources: readonly { readonly type_url: string; readonly name: string; readonly file: string }[];
  };
  return resources.map((each) => ({ type: each.type_url, name: each.name, any: file(each.file) }));
}

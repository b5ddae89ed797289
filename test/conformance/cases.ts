import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseLenient } from "./lenient-json.ts";

/** One recorded behaviour of pilot-agent; the README beside the recordings describes the members. */
export interface Case {
  readonly name: string;
  readonly profile: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string | { readonly dir: true }>>;
  readonly rootFiles?: Readonly<Record<string, string | null>>;
  readonly interfaces?: Readonly<Record<string, readonly string[]>>;
  readonly hosts?: Readonly<Record<string, readonly string[]>>;
  readonly http?: MetadataService;
  /** Firmware files below /sys/class/dmi/id by name; null counts as absent. */
  readonly dmi?: Readonly<Record<string, string>> | null;
  /** Unix sockets, with or without a server for HTTP/2. */
  readonly sockets?: readonly string[];
  readonly deadsockets?: readonly string[];
  readonly envoy?: { readonly mode?: string };
  readonly signals?: readonly string[];
  readonly watchFiles?: readonly string[];
  readonly compare?: readonly string[];
  readonly expect: {
    readonly launched: boolean;
    readonly exit: number;
    readonly argv?: readonly string[];
    readonly bootstrap?: unknown;
    readonly bootstrapMode?: string;
    readonly uid?: number;
    readonly envoyEnv?: Readonly<Record<string, string>>;
    readonly files?: Readonly<Record<string, { readonly mode: string; readonly text: string } | null>>;
  };
}

/** The metadata service of a cloud: the response for a path, or for any (`*`). */
export interface MetadataService {
  readonly listen: string;
  readonly routes: Readonly<Record<string, string>>;
  /** Whether it omits the header that identifies Google. */
  readonly noflavor?: boolean;
  /** Whether requests with an `api-version` get the response of `*`. */
  readonly byquery?: boolean;
}

/** Returns the response of a metadata service to a request; undefined if there is none. */
export function metadataText({ routes, byquery }: MetadataService, url: URL): string | undefined {
  const path = byquery && url.search.includes("api-version") ? "*" : url.pathname;
  return routes[path] ?? routes["*"];
}

/** The result of running a case. */
export interface Seen {
  readonly launched: boolean;
  readonly exit: number;
  readonly argv?: readonly string[];
  readonly bootstrapText?: string;
  readonly bootstrapMode?: string;
  readonly uid?: number;
  readonly envoyEnv?: Readonly<Record<string, string>>;
  readonly files?: Case["expect"]["files"];
}

export const PROFILE_NAMES = ["istio-1.6", "istio-1.28", "istio-1.29", "istio-1.30", "istio-1.31"];

/** The named cases of a profile, with those that other releases do otherwise. */
export function namedCases(profile: string): readonly Case[] {
  return [...casesInFolder<Case>(profile), ...casesIn(`releases/${profile}.proxy`), ...casesIn(`releases/${profile}.proxy-new`)];
}

/** The cases in a folder beside this file, one in each of its files; none where there is no such folder. */
export function casesInFolder<T>(name: string): readonly T[] {
  const folder = join(import.meta.dir, name);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")));
}

/** The generated cases of a profile: those that came with the recordings, then our own (RATIONALE, "Comparing with built agents"). */
export function generatedCases(profile: string): readonly Case[] {
  return [`random-${profile}`, `live-${profile}`, `releases/${profile}.proxy-random`].flatMap((name) => casesIn(name));
}

/** Odd but real inputs, field by field: clouds and their firmware, addresses, metadata, sockets. */
export function fieldCases(profile: string): readonly Case[] {
  return casesIn(`fields-${profile}.proxy`);
}

/** The cases of a compressed file beside this one, a line each; none where there is no such file. */
export function casesIn<T = Case>(name: string): readonly T[] {
  const file = join(import.meta.dir, `${name}.jsonl.gz`);
  const text = existsSync(file) ? new TextDecoder().decode(Bun.gunzipSync(readFileSync(file))) : "";
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
}

/** Replaces `{{FAKE_ENVOY}}` and `{{CWD}}` in every string of a value. */
export function expand<T>(value: T, places: Readonly<Record<string, string>>): T {
  const text = (given: string) => Object.entries(places).reduce((all, [mark, place]) => all.replaceAll(mark, () => place), given);
  const walk = (given: unknown): unknown => {
    if (typeof given === "string") return text(given);
    if (Array.isArray(given)) return given.map(walk);
    if (typeof given !== "object" || given === null) return given;
    return Object.fromEntries(Object.entries(given).map(([key, each]) => [text(key), walk(each)]));
  };
  return walk(value) as T; // the same shape, other texts
}

/** Returns the differences between a run and its recording, by the comparison rule of the recordings. */
export function differences(recorded: Case, seen: Seen): readonly string[] {
  const want = recorded.expect;
  const rules = recorded.compare ?? ["argv", "bootstrap", "exit"];
  if (want.launched !== seen.launched) return [`launched: want ${want.launched}, got ${seen.launched} (exit ${seen.exit})`];
  if (!want.launched)
    return rules.includes("exit") && (want.exit === 0) !== (seen.exit === 0) ? [`exit: want ${want.exit}, got ${seen.exit}`] : [];
  const checks: Readonly<Record<string, () => readonly string[]>> = {
    argv: () => treeDifferences(want.argv, seen.argv, "argv"),
    bootstrap: () => (want.bootstrap === undefined ? [] : bootstrapDifferences(want.bootstrap, seen.bootstrapText ?? "")),
    mode: () => treeDifferences(want.bootstrapMode, seen.bootstrapMode, "mode"),
    files: () => treeDifferences(want.files ?? {}, seen.files ?? {}, "files"),
    uid: () => treeDifferences(want.uid, seen.uid, "uid"),
    env: () =>
      Object.entries(want.envoyEnv ?? {}).flatMap(([name, value]) => treeDifferences(value, seen.envoyEnv?.[name], `environment ${name}`)),
    exit: () => treeDifferences(want.exit, seen.exit, "exit"),
  };
  return rules.flatMap((rule) => checks[rule]?.() ?? [`unknown rule ${rule}`]);
}

function bootstrapDifferences(want: unknown, text: string): readonly string[] {
  let got: unknown;
  try {
    got = JSON.parse(text);
  } catch {
    return [`bootstrap is not valid JSON: ${text.slice(0, 120)}`];
  }
  const invalid = typeof want === "object" && want !== null && "invalidJson" in want ? String(want.invalidJson) : undefined;
  return treeDifferences(invalid === undefined ? want : parseLenient(invalid), got, "bootstrap");
}

function treeDifferences(want: unknown, got: unknown, path: string): readonly string[] {
  if (Object.is(want, got) || (want === 0 && got === 0)) return [];
  if (typeof want !== "object" || typeof got !== "object" || want === null || got === null || Array.isArray(want) !== Array.isArray(got))
    return [`${path}: want ${short(want)}, got ${short(got)}`];
  const keys = [...new Set([...Object.keys(want), ...Object.keys(got)])];
  return keys.flatMap((key) => treeDifferences(own(want, key), own(got, key), `${path}.${key}`)).slice(0, 6);
}

function own(value: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

function short(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 160);
}

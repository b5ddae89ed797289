import { isObject } from "../go/json.ts";
import type { JsonValue } from "../go/json-value.ts";
import type { Clue, Complaint, RawStep } from "./envoy-complaint.ts";
import {
  type DocumentName,
  type Documents,
  type Place,
  plainName,
  resolveMerged,
  resolveSteps,
  stepsInto,
  valueAtSteps,
} from "./envoy-documents.ts";

/** Places that a complaint may be about. */
export interface Candidates {
  readonly places: readonly Place[];
  /** Who says so: Envoy with a path, Envoy with a text that is there, or only one of its words. */
  readonly by: "path" | "text" | "word";
}

const SEARCHED: readonly DocumentName[] = ["override", "bootstrap"];

/** Returns the places in the documents that a complaint may be about, the most probable first. */
export function findCandidates({ of, clue }: Complaint, documents: Documents): readonly Candidates[] {
  if (of === "arguments") return [inOptions(clue, documents)];
  switch (clue.kind) {
    case "json":
      return [{ places: jsonPlaces(clue, documents), by: "path" }];
    case "constraint":
      return clue.message === "Bootstrap"
        ? [{ places: resolveMerged(documents, clue.steps).slice(0, 1), by: "path" }]
        : [{ places: inMessages(clue.message, clue.steps, documents), by: "text" }];
    case "deprecated":
      return [{ places: SEARCHED.flatMap((name) => membersNamed(clue, name, documents)), by: "path" }];
    case "syntax":
      return [{ places: SEARCHED.filter((name) => name in documents && documents[name] === undefined).map(wholeOf), by: "path" }];
    case "words":
      return [...inPrinted(clue.message ?? [], documents), ...inValues(clue, documents)];
  }
}

function wholeOf(document: DocumentName): Place {
  return { document, steps: [] };
}

/** Returns the objects that have all single values of a message that Envoy prints. */
function inPrinted(fields: readonly (readonly [string, string])[], documents: Documents): readonly Candidates[] {
  if (fields.length === 0) return [];
  const hasAll = (value: JsonValue) => {
    const members = stepsInto(value).map(([name, member]) => `${plainName(String(name))}=${String(member)}`);
    return fields.every(([field, text]) => members.includes(`${plainName(field)}=${text}`));
  };
  const places = SEARCHED.flatMap((document) =>
    everything(documents[document]).flatMap(({ at, value }) => (isObject(value) && hasAll(value) ? [{ document, steps: at }] : [])),
  );
  return [{ places, by: "text" }];
}

/** A path of a document as it is before the merge; the one that Envoy prints is the one it read. */
function jsonPlaces({ steps, field, echo }: Extract<Clue, { kind: "json" }>, documents: Documents): readonly Place[] {
  const printed = echo === undefined ? undefined : canonical(parsed(echo));
  const names = SEARCHED.filter((name) => documents[name] !== undefined);
  const echoed = names.filter((name) => printed !== undefined && canonical(documents[name]) === printed);
  return (echoed.length > 0 ? echoed : names).flatMap((document) => {
    const whole = documents[document];
    const found = resolveSteps(whole, steps).filter((at) => steps.length === 0 || isThere(whole, at));
    const places = field === undefined ? found : found.map((at) => [...at, field]).filter((at) => isThere(whole, at));
    return places.map((at) => ({ document, steps: at }));
  });
}

function isThere(document: JsonValue | undefined, steps: readonly RawStep[]): boolean {
  return valueAtSteps(document, steps) !== undefined;
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns a value as text, without regard to the order of members. */
function canonical(value: JsonValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  return JSON.stringify(value, (_, each: unknown) =>
    isObject(each) ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))) : each,
  );
}

/** Returns the places below every message of a type: `HttpConnectionManager` for `…v3.HttpConnectionManager`. */
function inMessages(message: string, steps: readonly RawStep[], documents: Documents): readonly Place[] {
  return SEARCHED.flatMap((document) =>
    everything(documents[document]).flatMap(({ at, value }) => {
      const type = isObject(value) ? value["@type"] : undefined;
      if (typeof type !== "string" || !new RegExp(`[./]${message}$`).test(type)) return [];
      return resolveSteps(value, steps).map((below) => ({ document, steps: [...at, ...below] }));
    }),
  );
}

/** Fields of Bootstrap are at the top; what is below the metadata of a node belongs to no message. */
function membersNamed(
  { message, field }: Extract<Clue, { kind: "deprecated" }>,
  document: DocumentName,
  documents: Documents,
): readonly Place[] {
  return everything(documents[document]).flatMap(({ at }) => {
    const last = at.at(-1);
    const isIn = at[0] !== "node" && (message !== "Bootstrap" || at.length === 1);
    return isIn && typeof last === "string" && plainName(last) === plainName(field) ? [{ document, steps: at }] : [];
  });
}

/** Returns the places of each text that is a value, a name, a type or an address. */
function inValues({ quoted, words }: Extract<Clue, { kind: "words" }>, documents: Documents): readonly Candidates[] {
  const all = SEARCHED.flatMap((document) => everything(documents[document]).map((each) => ({ document, ...each })));
  const placesOf = (text: string) =>
    all.filter(({ at, value }) => isValue(value, text) || at.at(-1) === text).map(({ document, at }) => ({ document, steps: at }));
  const partsOf = (text: string) =>
    all.filter(({ value }) => typeof value === "string" && value.includes(text)).map(({ document, at }) => ({ document, steps: at }));
  const found = [
    ...quoted.map((text): Candidates => ({ places: placesOf(text), by: "text" })),
    ...quoted.filter((text) => text.length > 2).map((text): Candidates => ({ places: partsOf(text), by: "text" })),
    ...words.map((text): Candidates => ({ places: placesOf(text), by: "word" })),
  ];
  return found.filter(({ places }) => places.length > 0);
}

function isValue(value: JsonValue, text: string): boolean {
  if (typeof value === "string") return value === text || value.endsWith(`/${text}`) || isSameDuration(value, text);
  if (!isObject(value)) return false;
  const { address, port_value: port, portValue = port } = value;
  return typeof address === "string" && portValue !== undefined && [`${address}:${portValue}`, `[${address}]:${portValue}`].includes(text);
}

const DURATION = /^-?\d+(?:\.\d+)?s$/;

function isSameDuration(value: string, text: string): boolean {
  return DURATION.test(value) && DURATION.test(text) && Number.parseFloat(value) === Number.parseFloat(text);
}

/** Options are a flat document: Envoy names the option or its value. */
function inOptions(clue: Clue, { argv }: Documents): Candidates {
  const texts = clue.kind === "words" ? [...clue.quoted, ...clue.words] : [];
  const found = stepsInto(argv).filter(([name, value]) => texts.some((text) => text === name || value === text || includes(value, text)));
  return { places: found.slice(0, 1).map(([name]) => ({ document: "argv", steps: [name] })), by: "path" };
}

function includes(value: JsonValue, text: string): boolean {
  return typeof value === "string" && value.split(/[,:]/).includes(text);
}

/** Returns every value of a document with its steps. */
function everything(document: JsonValue | undefined): readonly { readonly at: readonly RawStep[]; readonly value: JsonValue }[] {
  const found: { at: readonly RawStep[]; value: JsonValue }[] = [];
  const visit = (value: JsonValue, at: readonly RawStep[]) => {
    if (at.length > 0) found.push({ at, value });
    for (const [step, child] of stepsInto(value)) visit(child, [...at, step]);
  };
  if (document !== undefined) visit(document, []);
  return found;
}

import type { Complaint } from "./envoy-complaint.ts";
import { type Documents, enclosingItem, type Place, stepsInto, valueAtSteps, withoutPlace } from "./envoy-documents.ts";
import { findCandidates } from "./find-candidates.ts";
import type { Bound } from "./search.ts";

/** Returns what Envoy says about other documents: its words, or undefined if it accepts them. */
export type AskEnvoy = (documents: Documents) => Promise<string | undefined>;

/** How a place was found. */
export interface Located {
  readonly places: readonly Place[];
  /** `named`: by Envoy; `tried`: Envoy does not complain without it; `untraced`: neither. */
  readonly by: "named" | "tried" | "untraced";
}

const UNTRACED: Located = { places: [], by: "untraced" };

/**
 * Returns the places that a complaint is about. What Envoy names itself needs no proof. What its words only hint at is tried: Envoy must not
 * complain about it any more when it is left out. Otherwise the documents are divided until the smallest part with that effect is found.
 */
export async function locateComplaint(complaint: Complaint, documents: Documents, ask: AskEnvoy, bound: Bound): Promise<Located> {
  const isLeft = (words: string | undefined) => words === complaint.words;
  for (const { places, by } of findCandidates(complaint, documents)) {
    const isAll = places.length === 1 || complaint.clue.kind === "deprecated";
    if (by === "path" && isAll && places.length > 0) return { places, by: "named" };
    const proved: Place[] = [];
    for (const place of places) if (await explains(place, documents, ask, bound, { isLeft, isText: by !== "word" })) proved.push(place);
    const [chosen] = preferred(proved);
    if (chosen !== undefined) return { places: [chosen], by: "tried" };
  }
  if (complaint.clue.kind === "deprecated" || complaint.of === "arguments") return UNTRACED;
  const divided = await divide(documents, ask, bound, isLeft);
  return divided === undefined ? UNTRACED : { places: [divided], by: "tried" };
}

/** The override is what a person has written; of two equal names, the later one is the second. */
function preferred(places: readonly Place[]): readonly Place[] {
  const own = places.filter(({ document }) => document === "override");
  return (own.length > 0 ? own : places).toReversed();
}

/**
 * Reports whether the complaint ends without a part: Envoy accepts the rest, or says the same as without the whole item it belongs to. A part
 * that Envoy quotes may be required, so that Envoy has another complaint without it.
 */
async function explains(
  place: Place,
  documents: Documents,
  ask: AskEnvoy,
  { now, until }: Bound,
  { isLeft, isText }: { readonly isLeft: (words: string | undefined) => boolean; readonly isText: boolean },
): Promise<boolean> {
  if (now() >= until) return false;
  // What is required and missing cannot be left out.
  const isMissing = valueAtSteps(documents[place.document], place.steps) === undefined;
  const words = isMissing ? undefined : await ask(withoutPlace(documents, place));
  if (!isMissing && (words === undefined || isLeft(words))) return !isLeft(words);
  const item = enclosingItem(place);
  if (item === undefined || now() >= until) return isText && item === undefined;
  const without = await ask(withoutPlace(documents, item));
  return !isLeft(without) && (isText || words === without);
}

/** Divides the documents, the override first, until no smaller part has the same effect as all of it. */
async function divide(
  documents: Documents,
  ask: AskEnvoy,
  bound: Bound,
  isLeft: (words: string | undefined) => boolean,
): Promise<Place | undefined> {
  for (const document of ["override", "bootstrap"] as const) {
    if (!(document in documents)) continue;
    const whole: Place = { document, steps: [] };
    // Envoy does not start without a bootstrap at all.
    const effect = document === "override" ? await ask(withoutPlace(documents, whole)) : undefined;
    if (document === "override" && isLeft(effect)) continue;
    const found = await smallest(whole, { documents, ask, bound, effect, isLeft });
    if (found !== undefined || document === "override") return found ?? whole;
  }
  return undefined;
}

interface Division {
  readonly documents: Documents;
  readonly ask: AskEnvoy;
  readonly bound: Bound;
  /** What Envoy says without the part. */
  readonly effect: string | undefined;
  readonly isLeft: (words: string | undefined) => boolean;
}

/**
 * Returns the smallest part of a place that has the effect. A part may be required, so that Envoy has another complaint without it: smaller
 * parts of it are tried nevertheless.
 */
async function smallest(place: Place, division: Division): Promise<Place | undefined> {
  const { documents, ask, bound, effect, isLeft } = division;
  const required: Place[] = [];
  for (const [step] of stepsInto(valueAtSteps(documents[place.document], place.steps))) {
    if (bound.now() >= bound.until) return undefined;
    const part: Place = { document: place.document, steps: [...place.steps, step] };
    const words = await ask(withoutPlace(documents, part));
    if (words === effect) return (await smallest(part, division)) ?? part;
    if (!isLeft(words)) required.push(part);
  }
  for (const part of required) {
    const found = await smallest(part, division);
    if (found !== undefined) return found;
  }
  return undefined;
}

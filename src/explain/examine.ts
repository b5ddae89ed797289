import type { Complaint } from "./envoy-complaint.ts";
import { type Documents, enclosingItem, namedPath, type Place, valueAtSteps, withoutPlace } from "./envoy-documents.ts";
import { type Located, locateComplaint } from "./locate-complaint.ts";
import type { Bound } from "./search.ts";

/** Returns what Envoy says about documents; `why`: there is no answer. */
export type ExamineDocuments = (documents: Documents) => Promise<readonly Complaint[] | { readonly why: string }>;

/** A complaint with its place. */
export interface LocatedComplaint extends Located {
  readonly complaint: Complaint;
  /** What cannot be decided on a machine that is not the proxy's: a file that is not here, or a part that this Envoy does not have. */
  readonly lack?: Lack;
}

/** What Envoy does not find: a file, an extension that it is built without, or one of its options. */
export type Lack = "file" | "extension" | "option";

/** What Envoy says in all. */
export interface Examination {
  readonly complaints: readonly LocatedComplaint[];
  /** Why there is no answer. */
  readonly why?: string;
  /** Whether Envoy stopped at a problem, so that what follows was not checked. */
  readonly isPartial: boolean;
}

const MOST_ROUNDS = 20;

/**
 * Lets Envoy examine documents, and finds the place of each complaint. Envoy stops at the first problem, so unknown fields and values are
 * left out and it is asked again; so are sockets whose files are on another machine (`isElsewhere`).
 */
export async function examine(documents: Documents, ask: ExamineDocuments, isElsewhere: boolean, bound: Bound): Promise<Examination> {
  const complaints: LocatedComplaint[] = [];
  let rest = documents;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const found = await ask(rest);
    if ("why" in found) return { complaints, why: found.why, isPartial: complaints.length > 0 };
    const fresh = found.filter(({ words, clue }) => !complaints.some((each) => isSame(each.complaint, { words, clue })));
    const removable: Place[] = [];
    for (const complaint of fresh) {
      const current = rest;
      const located = await locateComplaint(complaint, current, (changed) => answer(ask, complaint, changed), bound);
      const lack = lackIn(complaint);
      complaints.push({ ...located, complaint, ...(lack === undefined ? {} : { lack }) });
      removable.push(...located.places.flatMap((place) => partToLeaveOut(place, complaint, isElsewhere ? lack : undefined, rest)));
    }
    const isStopped = fresh.some(({ level }) => level === "error");
    if (removable.length === 0) return { complaints, isPartial: isStopped };
    for (const place of removable) rest = withoutPlace(rest, place);
  }
  return { complaints, isPartial: true };
}

function isSame(a: Pick<Complaint, "words" | "clue">, b: Pick<Complaint, "words" | "clue">): boolean {
  return a.words === b.words && JSON.stringify(a.clue) === JSON.stringify(b.clue);
}

/** Returns the words that count when a complaint is traced: of an error, those of the error; of a warning, whether it is still there. */
async function answer(ask: ExamineDocuments, complaint: Complaint, documents: Documents): Promise<string | undefined> {
  const found = await ask(documents);
  // Without an answer, nothing is proved.
  if ("why" in found) return complaint.words;
  if (complaint.level === "warning") return found.find(({ words }) => words === complaint.words)?.words;
  return found.find(({ level }) => level === "error")?.words;
}

/** Reports whether a complaint is about a field or value that Envoy does not know. */
export function isUnknownField({ clue, words }: Complaint): boolean {
  return (clue.kind === "json" && clue.field !== undefined) || /unknown enum value/.test(words);
}

/** Returns what can be left out to see what else Envoy says; indices of lists must not change. */
function partToLeaveOut(place: Place, complaint: Complaint, lack: Lack | undefined, documents: Documents): readonly Place[] {
  if (isUnknownField(complaint) && typeof place.steps.at(-1) === "string") return [place];
  if (lack === undefined) return [];
  const { document, steps } = place;
  const socket = steps.lastIndexOf("transport_socket");
  if (socket >= 0) return [{ document, steps: steps.slice(0, socket + 1) }];
  const item = enclosingItem(place);
  if (item === undefined) return [{ document, steps: steps.slice(0, 1) }];
  const list = valueAtSteps(documents[document], item.steps.slice(0, -1));
  return Array.isArray(list) && item.steps.at(-1) === list.length - 1 ? [item] : [];
}

const MISSING_FILE: readonly RegExp[] = [
  /^Invalid path: (\S.*)$/,
  /^unable to (?:open|read) file:? '?(.*?)'?(?:: No such file or directory)?$/,
  /^Failed to load .* from (?:path: )?(\.{0,2}\/\S+)$/,
  /^paths must refer to an existing path in the system: '(.*)' does not exist$/,
];

/** Returns what Envoy does not find. The extensions whose names begin with "envoy" are in every Envoy of the same release. */
function lackIn({ words }: Complaint): Lack | undefined {
  if (MISSING_FILE.some((form) => form.test(words))) return "file";
  if (/^argument .*: Couldn't find match for argument$/.test(words)) return "option";
  const [, name, type] =
    /^Didn't find a registered implementation for '(.*?)' with type URL: '(.*?)'/.exec(words) ??
    /^could not find @type '(?:[^/']*\/)?(.*?)(.*)'/.exec(words) ??
    [];
  return name === undefined || /^envoy\b/.test(type || name) ? undefined : "extension";
}

/** Returns the path of a place for people, and the value there. */
export function shownPlace(documents: Documents, { document, steps }: Place) {
  const whole = documents[document];
  const path = namedPath(whole, steps);
  const value = valueAtSteps(whole, steps);
  return { path, value };
}

import type { CheckedLaunch, CheckLaunch } from "../explain/check-launch.ts";
import { type Documents, namedPath, type Place } from "../explain/envoy-documents.ts";
import { changesValue, explainPath } from "../explain/explain-path.ts";
import type { Cause } from "../explain/finding.ts";
import type { Input } from "../explain/input.ts";
import type { Launch } from "../explain/launch.ts";
import { type Path, valueAtPath } from "../explain/paths.ts";
import type { Bound } from "../explain/search.ts";
import { type Trials, trialsOf } from "../explain/trials.ts";
import type { Position } from "../go/text-position.ts";
import { keyPositionOf, positionOf } from "../inputs/document.ts";
import type { FilePlace } from "../inputs/input-place.ts";
import { fieldPosition, type Subject, type SubjectHost } from "./subject.ts";

/** Finds the inputs that cause something, and the files and lines that give them. */
export interface CauseFinder {
  readonly ofInput: (input: Input) => Cause;
  /** Returns the causes of what is at a place of the documents. */
  readonly ofPlace: (place: Place, documents: Documents, details: CauseDetails) => Promise<readonly Cause[]>;
}

/** What Envoy says about a place, besides where it is. */
export interface CauseDetails {
  /** The position that Envoy names. */
  readonly at?: Position;
  /** Reports whether an input is the cause; decides among several that change the place. */
  readonly isCause?: (input: Input) => Promise<boolean>;
}

/** What causes are searched with. */
export interface CauseSearch {
  readonly subject: Subject;
  readonly launch: Launch;
  readonly inputs: readonly Input[];
  readonly complete: CheckedLaunch;
  readonly check: CheckLaunch;
  readonly host: SubjectHost & { readonly clock: { readonly now: () => number } };
}

/** The time for trials without several inputs, in milliseconds. */
const TIME = 200;

/** Returns a finder of causes. Plans are made when they are first needed. */
export function causeFinder(search: CauseSearch): CauseFinder {
  const { subject, launch, inputs, complete, check, host } = search;
  let trials: Promise<Trials> | undefined;
  const ofInput = (input: Input): Cause => withPlace(input, placeOf(input, search));
  const dependenciesOf = async (path: Path, isCause: CauseDetails["isCause"]): Promise<readonly Input[]> => {
    trials ??= trialsOf(launch, async (each) => (await check(each)).outcome);
    const all = await trials;
    const bound: Bound = { now: host.clock.now, until: host.clock.now() + TIME };
    const { dependencies, joint } = await explainPath(path, inputs, all, bound);
    const found = [...dependencies.map(({ input }) => input), ...joint.flatMap((each) => each.inputs)];
    const sizes = new Map<Input, number>();
    for (const input of found) sizes.set(input, (await all.without([input])).changes.length);
    const specific: Input[] = [];
    for (const input of found) if (!(await choosesRelease(input, all))) specific.push(input);
    // What chooses the release is the cause of what no other input changes.
    if (specific.length === 0) return found;
    const causing: Input[] = [];
    if (isCause !== undefined && specific.length > 1) for (const input of specific) if (await isCause(input)) causing.push(input);
    // What changes least is the most specific.
    return (causing.length > 0 ? causing : specific).toSorted((a, b) => (sizes.get(a) ?? 0) - (sizes.get(b) ?? 0));
  };
  return {
    ofInput,
    ofPlace: async (place, documents, { at, isCause }) => {
      if (place.document === "override") return overrideCauses(place, search, at);
      const own = complete.planned?.epoch.ownConfiguration.find(({ kind }) => kind !== "override");
      const isFile = own?.kind === "file" && place.document === "bootstrap";
      const path: Path = isFile ? OPTION_OF_FILE : pathOf(place, documents, complete);
      const isWhole = own !== undefined && !isFile && path.length === 0;
      const causes = isWhole ? [] : (await dependenciesOf(path, isCause)).map(ofInput);
      if (own === undefined || place.document === "argv") return causes;
      const written = { label: `${own.kind === "file" ? "the configuration" : "the template"} "${own.path}" (${own.origin})`, value: "" };
      return [withPlace(written, positionInFile(own.path, textOf(own.path, search), place, subject, at)), ...causes];
    },
  };
}

const RELEASE: Path = ["agent", "profile"].map((name) => ({ name, isItem: false }));

/** Reports whether an input chooses the release, on which everything depends. */
async function choosesRelease(input: Input, trials: Trials): Promise<boolean> {
  return changesValue(await trials.without([input]), RELEASE);
}

/** The option that names a configuration which is used unchanged. */
const OPTION_OF_FILE: Path = [
  { name: "argv", isItem: false },
  { name: "-c", isItem: false },
];

function withPlace(input: Cause["input"], at: FilePlace | undefined): Cause {
  const { label, value } = input;
  return { input: { label, value }, ...(at === undefined ? {} : { at }) };
}

/** Returns the part of a path that the plan has: a member that is missing belongs to what should have it. */
function pathOf({ document, steps }: Place, documents: Documents, { outcome }: CheckedLaunch): Path {
  const named = namedPath(documents[document], steps);
  const whole = document === "argv" ? [{ name: "argv", isItem: false }, ...named] : named;
  if (outcome.kind === "refused") return whole;
  let length = whole.length;
  while (length > 0 && valueAtPath(outcome.document, whole.slice(0, length)) === undefined) length--;
  return whole.slice(0, length);
}

function overrideCauses(place: Place, search: CauseSearch, at: Position | undefined): readonly Cause[] {
  const { inputs, complete, subject } = search;
  const override = inputs.find(({ kind }) => kind === "override");
  const path = complete.planned?.settings.variableText("ISTIO_BOOTSTRAP_OVERRIDE") ?? "";
  if (override === undefined) return [];
  const text = typeof override.given === "string" ? override.given : undefined;
  const written = { label: `the override "${path}" (ISTIO_BOOTSTRAP_OVERRIDE)`, value: "" };
  return [withPlace(written, positionInFile(path, text, place, subject, at))];
}

function textOf(path: string, { complete }: CauseSearch): string | undefined {
  const read = complete.planned?.answers.read(path);
  return read?.kind === "text" ? read.text : undefined;
}

/** Returns the position of the nearest part that the text of a file has. */
function positionInFile(
  path: string,
  text: string | undefined,
  { steps }: Place,
  subject: Subject,
  at: Position | undefined,
): FilePlace | undefined {
  if (at !== undefined) return subject.locateFile(path, at);
  for (let length = steps.length; text !== undefined && length > 0; length--) {
    const names = steps.slice(0, length).map(String);
    const found = keyPositionOf(text, names) ?? positionOf(text, names);
    if (found !== undefined) return subject.locateFile(path, found);
  }
  return subject.locateFile(path);
}

function placeOf(input: Input, { subject, complete, host }: CauseSearch): FilePlace | undefined {
  const { place } = input;
  if (place.kind === "override") return subject.locateFile(complete.planned?.settings.variableText("ISTIO_BOOTSTRAP_OVERRIDE") ?? "");
  if (place.kind !== "mesh") return subject.locate(place);
  const path = complete.planned?.invocation.flags.string("meshConfig") ?? "";
  if (subject.isElsewhere) return subject.locate(place) ?? subject.locateFile(path);
  return { file: path, ...fieldPosition(host.readFile(path), place) };
}

/** One place of a contract that a text cites: `contract 1.30 §9.3 step 2`. */
export interface Citation {
  /** Name of the page: `1.30`, `1.6` or `envoy`. */
  readonly contract: string;
  readonly section: string;
  readonly steps: readonly string[];
}

/** A numbered heading of a page, with the text up to the next heading. */
export interface Section {
  readonly number: string;
  readonly text: string;
}

const SIGN = "\u00a7";
const NUMBER = String.raw`\d+[a-z]?(?:\.\d+)?(?![\w.]*\w)`;
const STEPS = String.raw`(?: (?:step|row|rule)s? \d+(?:(?:, | to | and )\d+(?!\d*\.\d))*)?`;
const PLACE = `${SIGN}${NUMBER}${STEPS}`;
const NAME = String.raw`(?:\d+\.\d+|envoy)`;
const CITATION = new RegExp(String.raw`\bcontract (${NAME} ${PLACE}(?:, (?:${NAME} )?${PLACE})*)`, "g");
const PART = new RegExp(`(?:(${NAME}) )?${SIGN}(${NUMBER})(${STEPS})`, "g");

/** Papers that a reader does not have. */
const UNKNOWN_PAPERS = /\b[Ss]pec(?:ification)? \d+\.\d+|\b(?:envoy|bun|istiod)-notes\b|\b(?:design|peers|house-rules)\.md\b/g;

/** A text in one line: what a comment breaks over lines is one citation. */
const joined = (text: string) => text.replace(/\s*\n\s*(?:\*(?!\/)|\/\/|#)? ?/g, " ");

/** Returns every place that a text cites. */
export function citationsIn(text: string): readonly Citation[] {
  return [...joined(text).matchAll(CITATION)].flatMap(([, list = ""]) => {
    let contract = "";
    return [...list.matchAll(PART)].map(([, name, section = "", steps = ""]) => {
      contract = name ?? contract;
      return { contract, section, steps: [...steps.matchAll(/\d+/g)].map(([step]) => step) };
    });
  });
}

/** Returns what looks like a citation and has not its form. A section of an RFC is none, nor are further ones in a file that names an RFC. */
export function strayReferencesIn(text: string): readonly string[] {
  const rest = joined(text).replace(CITATION, "");
  const signs = /\bRFC \d+/.test(rest) ? [] : [...rest.matchAll(new RegExp(`.{0,20}${SIGN}.{0,8}`, "g"))];
  return [...signs, ...rest.matchAll(UNKNOWN_PAPERS)].map(([found]) => found.trim());
}

/** Returns the numbered sections of a page. */
export function sectionsOf(page: string): readonly Section[] {
  return page
    .split(/^(?=#{2,3} )/m)
    .slice(1)
    .flatMap((text) => {
      const [, number] = /^#{2,3} (\d+[a-z]?(?:\.\d+)?)\.? /.exec(text) ?? [];
      return number === undefined ? [] : [{ number, text }];
    });
}

/** Returns why a citation leads nowhere, or nothing. */
export function problemWith({ contract, section, steps }: Citation, pages: ReadonlyMap<string, string>): string | undefined {
  const page = pages.get(contract);
  if (page === undefined) return `there is no contract ${contract}`;
  const found = sectionsOf(page).find(({ number }) => number === section);
  if (found === undefined) return `contract ${contract} has no ${SIGN}${section}`;
  const missing = steps.filter((step) => !new RegExp(String.raw`^(?:${step}\. |\| ${step} \|)`, "m").test(found.text));
  return missing.length === 0 ? undefined : `contract ${contract} ${SIGN}${section} has no step ${missing.join(", ")}`;
}

/** Returns the sections of a page that nothing cites: not themselves, not as part of a cited one, not from a section that is cited. */
export function uncitedSections(page: string, cited: readonly string[]): readonly string[] {
  const sections = sectionsOf(page);
  const kept = new Set<string>();
  const queue = [...cited];
  for (let number = queue.pop(); number !== undefined; number = queue.pop()) {
    const from = number;
    for (const section of sections.filter((each) => each.number === from || each.number.startsWith(`${from}.`)))
      if (!kept.has(section.number)) {
        kept.add(section.number);
        queue.push(...referencesOf(section.text));
      }
  }
  const holdsKept = (number: string) => [...kept].some((each) => each.startsWith(`${number}.`));
  return sections.map(({ number }) => number).filter((number) => !kept.has(number) && !holdsKept(number));
}

/** Returns the sections of the same page that a text refers to. */
export function referencesOf(text: string): readonly string[] {
  return [...text.matchAll(new RegExp(`${SIGN}(${NUMBER})`, "g"))].flatMap(([, number]) => number ?? []);
}

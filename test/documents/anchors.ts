import { dirname, join } from "node:path";

/** A heading of a Markdown page, with the text up to the next heading. */
export interface Heading {
  readonly level: number;
  readonly title: string;
  readonly text: string;
}

/** Returns the headings of a page, in order. */
export function headingsOf(page: string): readonly Heading[] {
  return page.split(/^(?=#{1,6} )/m).flatMap((text) => {
    const [, marks, title] = /^(#{1,6}) (.*)/.exec(text) ?? [];
    return marks === undefined || title === undefined ? [] : [{ level: marks.length, title, text }];
  });
}

/** Returns the anchor that GitHub gives a heading. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}

/** Returns the links of a page to headings that do not exist; `read` gives a page by its path from the root. */
export function brokenAnchors(file: string, read: (file: string) => string): readonly string[] {
  return [...read(file).matchAll(/\]\(([^)#:]*)#([^)]+)\)/g)].flatMap(([, path = "", anchor = ""]) => {
    const page = path === "" ? file : join(dirname(file), path);
    return headingsOf(read(page)).some(({ title }) => anchorOf(title) === anchor) ? [] : [`${path}#${anchor}`];
  });
}

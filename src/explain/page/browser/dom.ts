/** Returns an element with children; texts stay texts. */
export function element(tag: string, attributes: Readonly<Record<string, string>>, ...children: readonly (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Returns a button. */
export function button(text: string, label: string, press: () => void): HTMLElement {
  const made = element("button", { type: "button", ...(label === "" ? {} : { "aria-label": label, title: label }) }, text);
  made.addEventListener("click", press);
  return made;
}

/** Returns the elements that a selector finds, in the order of the page. */
export function all(selector: string, within: ParentNode = document): readonly HTMLElement[] {
  return [...within.querySelectorAll<HTMLElement>(selector)];
}

/** Returns the element that a link of the page leads to. */
export function targetOf(hash: string): HTMLElement | undefined {
  try {
    return document.getElementById(decodeURIComponent(hash.slice(1))) ?? undefined;
  } catch {
    // The address of the page has an invalid escape.
    return undefined;
  }
}

/**
 * Reads the near-JSON upstream's template can emit: trailing commas, bare words, and the escapes \' and \xHH in strings.
 * @throws SyntaxError for anything else
 */
export function parseLenient(text: string): unknown {
  let at = 0;
  const fail = (what: string): never => {
    throw new SyntaxError(`${what} at offset ${at}`);
  };
  const blank = () => {
    while (" \t\r\n".includes(text[at] ?? "x")) at++;
  };
  const peek = (): string => {
    blank();
    return text[at] ?? "";
  };
  const take = (char: string) => {
    if (peek() !== char) fail(`expected ${char}`);
    at++;
  };
  const list = (end: string, one: () => void) => {
    at++;
    while (peek() !== end) {
      one();
      if (peek() === ",") at++;
      else if (peek() !== end) fail(`expected , or ${end}`);
    }
    at++;
  };
  const string = (): string => {
    take('"');
    let out = "";
    for (;;) {
      const char = text[at++] ?? fail("unterminated string");
      if (char === '"') return out;
      if (char === "\n") fail("raw line break in a string");
      out += char === "\\" ? escaped() : char;
    }
  };
  const escaped = (): string => {
    const kind = text[at++] ?? "";
    const width = kind === "x" ? 2 : kind === "u" ? 4 : 0;
    if (width > 0) {
      at += width;
      return String.fromCharCode(Number.parseInt(text.slice(at - width, at), 16));
    }
    return ESCAPES[kind] ?? fail("bad escape");
  };
  const bare = (): unknown => {
    const [word = ""] = /^[^,\]}\n"]*/.exec(text.slice(at)) ?? [];
    at += word.length;
    if (word.trim() === "") fail("a value is missing");
    try {
      return JSON.parse(word);
    } catch {
      return word.trim();
    }
  };
  const value = (): unknown => {
    const char = peek();
    if (char === '"') return string();
    if (char === "[") {
      const out: unknown[] = [];
      list("]", () => out.push(value()));
      return out;
    }
    if (char !== "{") return bare();
    const out: [string, unknown][] = [];
    list("}", () => {
      const key = string();
      take(":");
      out.push([key, value()]);
    });
    return Object.fromEntries(out);
  };
  const result = value();
  if (peek() !== "") fail("text after the document");
  return result;
}

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\", "/": "/", "'": "'" };

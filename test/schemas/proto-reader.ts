/** A field of a message: its type as the file names it, and how often it may be there. */
export interface ProtoField {
  readonly name: string;
  readonly type: string;
  /** `optional`: a scalar that is there or not, even when it has its zero value. */
  readonly label: "one" | "optional" | "repeated" | "map";
}

/** A message of a file, by its full name. */
export interface ProtoMessage {
  readonly kind: "message";
  readonly fields: readonly ProtoField[];
  /** Groups of fields of which at most one is set. */
  readonly oneofs: readonly (readonly string[])[];
}

export interface ProtoEnum {
  readonly kind: "enum";
  readonly values: readonly (readonly [name: string, value: number])[];
}

export interface ProtoFile {
  readonly package: string;
  readonly imports: readonly string[];
  /** Messages and enums by their full names, dots between the parts. */
  readonly types: ReadonlyMap<string, ProtoMessage | ProtoEnum>;
}

const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[.\w]+|-?\d[\w.]*|[^\s]/g;

/**
 * What a proto file of version 3 declares: messages, enums and their fields. Options, services and comments are passed over.
 * @throws Error for a text that is no such file
 */
export function readProto(text: string): ProtoFile {
  const words = (text.match(TOKEN) ?? []).filter((word) => !word.startsWith("//") && !word.startsWith("/*"));
  const reader = new Reader(words);
  reader.readFile();
  return reader;
}

class Reader implements ProtoFile {
  package = "";
  readonly imports: string[] = [];
  readonly types = new Map<string, ProtoMessage | ProtoEnum>();
  #at = 0;

  constructor(readonly words: readonly string[]) {}

  readFile(): void {
    for (let word = this.#next(); word !== ""; word = this.#next()) {
      if (word === "package") this.package = this.#next();
      if (word === "import") this.imports.push(this.#next().slice(1, -1));
      if (word === "message") this.#readMessage(this.package);
      else if (word === "enum") this.#readEnum(this.package);
      else this.#skipStatement();
    }
  }

  /** The body of a message; its name comes next. */
  #readMessage(scope: string): void {
    const name = `${scope}.${this.#next()}`;
    const fields: ProtoField[] = [];
    const oneofs: string[][] = [];
    this.#expect("{");
    for (let word = this.#next(); word !== "}"; word = this.#next()) {
      if (word === "message") this.#readMessage(name);
      else if (word === "enum") this.#readEnum(name);
      else if (word === "oneof") oneofs.push(this.#readOneof(fields));
      else if (["option", "reserved", "extensions", ";"].includes(word)) this.#skipStatement(word);
      else fields.push(this.#readField(word));
    }
    this.types.set(name, { kind: "message", fields, oneofs });
  }

  #readOneof(fields: ProtoField[]): string[] {
    const members: string[] = [];
    this.#next();
    this.#expect("{");
    for (let word = this.#next(); word !== "}"; word = this.#next()) {
      if (word === "option") {
        this.#skipStatement();
        continue;
      }
      const field = this.#readField(word);
      fields.push(field);
      members.push(field.name);
    }
    return members;
  }

  #readField(first: string): ProtoField {
    const field = first === "map" ? this.#readMap() : this.#readPlain(first);
    this.#expect("=");
    this.#skipStatement();
    return field;
  }

  /** A map by the type of its values; its keys are texts in JSON. */
  #readMap(): ProtoField {
    this.#expect("<");
    this.#next();
    this.#expect(",");
    const type = this.#next();
    this.#expect(">");
    return { label: "map", type, name: this.#next() };
  }

  #readPlain(first: string): ProtoField {
    const isLabelled = first === "repeated" || first === "optional";
    const type = isLabelled ? this.#next() : first;
    return { label: isLabelled ? first : "one", type, name: this.#next() };
  }

  #readEnum(scope: string): void {
    const name = `${scope}.${this.#next()}`;
    const values: [string, number][] = [];
    this.#expect("{");
    for (let word = this.#next(); word !== "}"; word = this.#next()) {
      if (["option", "reserved", ";"].includes(word)) {
        this.#skipStatement(word);
        continue;
      }
      this.#expect("=");
      values.push([word, Number(this.#next())]);
      this.#skipStatement();
    }
    this.types.set(name, { kind: "enum", values });
  }

  /** Passes what is left of a statement: to its semicolon, or over the braces that end it. */
  #skipStatement(first = ""): void {
    let depth = 0;
    for (let word = first || this.#next(); word !== ";" || depth > 0; word = this.#next()) {
      if (word === "") throw new Error("The file ends within a statement");
      if ("{[".includes(word)) depth++;
      if ("}]".includes(word)) depth--;
      if (word === "}" && depth === 0) return;
    }
  }

  #expect(wanted: string): void {
    const word = this.#next();
    if (word !== wanted)
      throw new Error(`Expected "${wanted}" instead of "${word}", behind ${this.words.slice(this.#at - 6, this.#at - 1).join(" ")}`);
  }

  #next(): string {
    return this.words[this.#at++] ?? "";
  }
}

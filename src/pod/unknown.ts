/** Something that decides a value and that a file does not contain. */
export interface Unknown {
  /** What depends on it: a variable, a file or a fact about the machine. */
  readonly name: string;
  /** Where the value would come from. */
  readonly origin: string;
  /** The value that is used instead; absent if the name has no value at all. */
  readonly standIn?: string;
}

/** Collects unknowns, each once. */
export interface Unknowns {
  readonly add: (unknown: Unknown) => void;
  readonly list: () => readonly Unknown[];
}

/** Returns an empty collection of unknowns. */
export function collectUnknowns(): Unknowns {
  const found = new Map<string, Unknown>();
  return {
    add: (unknown) => void found.set(`${unknown.name}\n${unknown.origin}`, unknown),
    list: () => [...found.values()],
  };
}

/** Returns the text that is used where a text is not known: its origin in angle brackets. */
export function standInText(origin: string): string {
  return `<${origin}>`;
}

/** The addresses that are used where an address is not known: those of TEST-NET-1, which no machine has. */
export const STAND_IN_ADDRESS = { pod: "192.0.2.1", host: "192.0.2.2", lookup: "192.0.2.3" } as const;

/** Returns a text in which each stand-in address has the name of what is not known. */
export function withNames(text: string, unknowns: readonly Unknown[]): string {
  return Object.values(STAND_IN_ADDRESS).reduce((named, address) => {
    const unknown = unknowns.find(({ standIn }) => standIn === address);
    return unknown === undefined ? named : named.replaceAll(address, standInText(unknown.origin));
  }, text);
}

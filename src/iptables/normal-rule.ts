import { formatPrefix, parseNetwork } from "../go/ip-prefix.ts";

/** A rule without its chain in a form that does not depend on who words it: its options in order, with canonical values. */
export type NormalRule = string;

/** Splits a rule as iptables-save prints it: values with blanks are quoted. */
export function savedWords(text: string): readonly string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain = ""]) => quoted?.replace(/\\(.)/g, "$1") ?? plain);
}

/** Returns where a rule's packets go: a chain or a target; empty if they go nowhere. */
export function targetOf(words: readonly string[]): string {
  const at = words.findIndex((word) => word === "-j" || word === "-g");
  return at < 0 ? "" : (words[at + 1] ?? "");
}

/** Options that iptables-save prints, but that mean nothing new. */
const DEFAULTS: readonly string[] = ["--on-ip 0.0.0.0", "--on-ip ::", "--nfmask 0xffffffff", "--ctmask 0xffffffff"];

/** Returns the normal form of a rule's words, of iptables-save or of ours. */
export function normalRule(words: readonly string[]): NormalRule {
  const options: string[] = [];
  let module = "";
  let isNegated = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "!") isNegated = true;
    else if (word.startsWith("-")) {
      const values: string[] = [];
      while (at + 1 < words.length && !(words[at + 1] ?? "").startsWith("-") && words[at + 1] !== "!") values.push(words[++at] ?? "");
      // A module follows from its options; only marks of packets and connections have the same one.
      if (word === "-m") module = values[0] ?? "";
      else options.push(`${isNegated ? "! " : ""}${option(word, values.join(" "), module)}`);
      isNegated = false;
    }
  }
  return options
    .filter((each) => !DEFAULTS.includes(each))
    .sort()
    .join(" ");
}

function option(name: string, value: string, module: string): string {
  switch (name) {
    case "-s":
    case "-d":
      return `${name} ${network(value)}`;
    case "--mark":
      return `${module} --mark ${mark(value)}`;
    case "--tproxy-mark":
      return `${name} ${mark(value)}`;
    case "--set-mark":
    case "--set-xmark":
      return `--set-mark ${mark(value)}`;
    case "--to-port":
    case "--to-ports":
      return `--to-ports ${value}`;
    case "--ctstate":
      return `${name} ${value.split(",").sort().join(",")}`;
    default:
      return `${name} ${value}`.trim();
  }
}

function network(text: string): string {
  const parsed = parseNetwork(text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`);
  return parsed.ok ? formatPrefix(parsed.value) : text;
}

/** Returns a mark in hexadecimal digits, without a mask of all bits. */
function mark(text: string): string {
  const [value = "", mask] = text.split("/");
  const hexadecimal = (digits: string) => (/^(0[xX][0-9a-fA-F]+|[0-9]+)$/.test(digits) ? `0x${BigInt(digits).toString(16)}` : digits);
  return mask === undefined || hexadecimal(mask) === "0xffffffff" ? hexadecimal(value) : `${hexadecimal(value)}/${hexadecimal(mask)}`;
}

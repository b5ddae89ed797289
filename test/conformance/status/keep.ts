import { createHash } from "node:crypto";
import type { Rule } from "./case.ts";

const LONG_TEXT = 3000;
const OWN_FAMILY = /^(?:# (?:HELP|TYPE) )?istio_agent_/;

/** What the recordings keep of a body or an output; nothing at all is undefined. */
export function keep(text: string, rule: Rule): unknown {
  if (rule === "ignore") return undefined;
  if (rule === "json") return jsonOf(text);
  if (typeof rule === "string") return whole(rule === "without-own-metrics" ? withoutOwnMetrics(text) : text);
  if ("contains" in rule) return Object.fromEntries(rule.contains.map((part) => [part, text.includes(part)]));
  return Object.fromEntries(rule.matches.map((pattern) => [pattern, isMatch(pattern, text)]));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { notJson: text.slice(0, 500) };
  }
}

function withoutOwnMetrics(text: string): string {
  return text
    .split(/(?<=\n)/)
    .filter((line) => !OWN_FAMILY.test(line))
    .join("");
}

/** A long text by its length in code points and its digest. */
function whole(text: string): unknown {
  const characters = [...text].length;
  return characters > LONG_TEXT ? { characters, sha256: createHash("sha256").update(text).digest("hex") } : text;
}

/** The recordings' expressions are multi-line ones of a language in which `\A` is the start of the text. */
function isMatch(pattern: string, text: string): boolean {
  return new RegExp(pattern.replaceAll("\\A", "(?<![\\s\\S])"), "m").test(text);
}

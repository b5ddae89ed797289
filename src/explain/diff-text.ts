import { visibleText } from "../common/visible-text.ts";
import { maskSecrets } from "../secrets/mask.ts";
import { shownChange } from "./explanation-json.ts";
import { valueText } from "./explanation-text.ts";
import { pathText } from "./paths.ts";
import type { PlanDiff } from "./plan-diff.ts";

const COLORS = { removed: "\x1b[31m", added: "\x1b[32m", path: "\x1b[1m", end: "\x1b[0m" } as const;

/** Returns a difference as text: each path with its values on both sides. Empty if there is none. */
export function diffText({ changes, reordered, refused, isSame }: PlanDiff, names: readonly [string, string], isColored: boolean): string {
  if (isSame) return "";
  const paint = (color: keyof typeof COLORS, text: string) =>
    isColored ? `${COLORS[color]}${visibleText(text)}${COLORS.end}` : visibleText(text);
  const lines = [paint("removed", `--- ${names[0]}`), paint("added", `+++ ${names[1]}`)];
  for (const { name, problems } of refused)
    lines.push(visibleText([`${name} is refused:`, ...problems.map((problem) => `  ${maskSecrets(problem)}`)].join("\n")));
  for (const change of changes) {
    const { path, before, after } = shownChange(change);
    lines.push(paint("path", path));
    if (before !== undefined) lines.push(paint("removed", `  - ${valueText(before)}`));
    if (after !== undefined) lines.push(paint("added", `  + ${valueText(after)}`));
  }
  for (const path of reordered) lines.push(paint("path", pathText(path)), "  the same items in another order");
  return `${lines.join("\n")}\n`;
}

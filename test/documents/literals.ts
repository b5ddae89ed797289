import { SyntaxKind } from "typescript/unstable/ast";
import { createScanner } from "typescript/unstable/ast/scanner";

/** A text in a source file. */
export interface Literal {
  readonly text: string;
  /** Where it begins, from 0. */
  readonly at: number;
}

/** The placeholder of a value in a text. */
export const VALUE = "…";

/** Tokens after which a slash divides; after any other one it begins a pattern. */
const ENDS_VALUE: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.Identifier,
  SyntaxKind.NumericLiteral,
  SyntaxKind.BigIntLiteral,
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateTail,
  SyntaxKind.RegularExpressionLiteral,
  SyntaxKind.CloseParenToken,
  SyntaxKind.CloseBracketToken,
  SyntaxKind.CloseBraceToken,
]);

/** Every quoted text of a source file, with `…` for what a template fills in; texts inside of that are texts of their own. */
export function literalsIn(source: string): readonly Literal[] {
  const scanner = createScanner(true);
  scanner.setText(source);
  const found: Literal[] = [];
  const open: { text: string; readonly at: number; readonly depth: number }[] = [];
  let depth = 0;
  let before = SyntaxKind.Unknown;
  for (let token = scanner.scan(); token !== SyntaxKind.EndOfFile; before = token, token = scanner.scan()) {
    const [template, at] = [open.at(-1), scanner.getTokenStart()];
    if ((token === SyntaxKind.SlashToken || token === SyntaxKind.SlashEqualsToken) && !ENDS_VALUE.has(before))
      token = scanner.reScanSlashToken();
    else if (token === SyntaxKind.CloseBraceToken && template?.depth === depth) {
      token = scanner.reScanTemplateToken(false);
      template.text += `${VALUE}${scanner.getTokenValue()}`;
      if (token === SyntaxKind.TemplateTail) found.push({ text: template.text, at: template.at });
      if (token === SyntaxKind.TemplateTail) open.pop();
    } else if (token === SyntaxKind.OpenBraceToken) depth++;
    else if (token === SyntaxKind.CloseBraceToken) depth--;
    else if (token === SyntaxKind.TemplateHead) open.push({ text: scanner.getTokenValue(), at, depth });
    else if (token === SyntaxKind.StringLiteral || token === SyntaxKind.NoSubstitutionTemplateLiteral)
      found.push({ text: scanner.getTokenValue(), at });
  }
  if (depth !== 0 || open.length > 0) throw new Error("The braces of the source do not match");
  return found;
}

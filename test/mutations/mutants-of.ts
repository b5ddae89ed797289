import {
  type BinaryExpression,
  type Block,
  type CallExpression,
  type ConditionalExpression,
  type Node,
  type PrefixUnaryExpression,
  type SourceFile,
  SyntaxKind,
} from "typescript/unstable/ast";

/** A generated change: the text from `start` to `end` of a file becomes `text`. */
export interface Mutant {
  /** The kind of mistake it represents. */
  readonly kind: "comparison" | "constant" | "dropped term" | "order";
  /** Positions in the file's text, from 0. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** For two exchanged list items: the name of the list, or of the function that returns it. */
  readonly list?: string;
}

/** Operators that are easily confused. */
const COMPARISONS: ReadonlyMap<SyntaxKind, string> = new Map([
  [SyntaxKind.LessThanToken, "<="],
  [SyntaxKind.LessThanEqualsToken, "<"],
  [SyntaxKind.GreaterThanToken, ">="],
  [SyntaxKind.GreaterThanEqualsToken, ">"],
  [SyntaxKind.EqualsEqualsEqualsToken, "!=="],
  [SyntaxKind.ExclamationEqualsEqualsToken, "==="],
]);
const ARITHMETIC: ReadonlyMap<SyntaxKind, string> = new Map([
  [SyntaxKind.PlusToken, "-"],
  [SyntaxKind.MinusToken, "+"],
  [SyntaxKind.AsteriskToken, "/"],
  [SyntaxKind.SlashToken, "*"],
]);
const CHOICES: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.AmpersandAmpersandToken,
  SyntaxKind.BarBarToken,
  SyntaxKind.QuestionQuestionToken,
]);
/** Calls that only remove or reorder items. */
const NARROWING: ReadonlySet<string> = new Set(["filter", "slice", "trim", "sort", "toSorted", "reverse", "toLowerCase", "toUpperCase"]);

/**
 * Returns every change of one token or term that could be a typing mistake, in text order. Types, imports and message texts are not
 * changed.
 */
export function mutantsOf(source: SourceFile): readonly Mutant[] {
  const { text } = source;
  const found: Mutant[] = [];
  const textOf = (node: Node) => text.slice(node.getStart(source), node.end);
  const replace = (kind: Mutant["kind"], node: Node, by: string) =>
    found.push({ kind, start: node.getStart(source), end: node.end, text: by });
  /** Removes an item of a list, with the comma after or before it. */
  const drop = (items: readonly Node[], index: number) => {
    const [before, item, next] = [items[index - 1], items[index], items[index + 1]];
    if (item === undefined) return;
    const start = next === undefined && before !== undefined ? before.end : item.getStart(source);
    found.push({ kind: "dropped term", start, end: next?.getStart(source) ?? item.end, text: "" });
  };
  const swap = (first: Node, second: Node, list?: string) => {
    const between = text.slice(first.end, second.getStart(source));
    found.push({
      kind: "order",
      start: first.getStart(source),
      end: second.end,
      text: `${textOf(second)}${between}${textOf(first)}`,
      ...(list === undefined ? {} : { list }),
    });
  };

  const visit = (node: Node): void => {
    switch (node.kind) {
      case SyntaxKind.ImportDeclaration:
      case SyntaxKind.TypeAliasDeclaration:
      case SyntaxKind.InterfaceDeclaration:
        return;
      case SyntaxKind.NumericLiteral:
      case SyntaxKind.BigIntLiteral:
        replace("constant", node, numberBeside(textOf(node)));
        break;
      case SyntaxKind.TrueKeyword:
        replace("constant", node, "false");
        break;
      case SyntaxKind.FalseKeyword:
        replace("constant", node, "true");
        break;
      case SyntaxKind.StringLiteral:
        if (isWord(textOf(node))) replace("constant", node, `${textOf(node).slice(0, -1)}x"`);
        break;
      case SyntaxKind.BinaryExpression: {
        const { left, operatorToken, right } = node as BinaryExpression; // its kind says so
        const other = COMPARISONS.get(operatorToken.kind);
        if (other !== undefined) replace("comparison", operatorToken, other);
        const opposite = ARITHMETIC.get(operatorToken.kind);
        if (opposite !== undefined) replace("constant", operatorToken, opposite);
        if (CHOICES.has(operatorToken.kind)) {
          replace("dropped term", node, textOf(left));
          replace("dropped term", node, textOf(right));
        }
        break;
      }
      case SyntaxKind.PrefixUnaryExpression: {
        const { operator, operand } = node as PrefixUnaryExpression; // its kind says so
        if (operator === SyntaxKind.ExclamationToken) replace("dropped term", node, textOf(operand));
        break;
      }
      case SyntaxKind.ConditionalExpression: {
        const { condition, whenTrue, whenFalse } = node as ConditionalExpression; // its kind says so
        swap(whenTrue, whenFalse);
        replace("dropped term", node, textOf(whenTrue));
        replace("dropped term", node, textOf(whenFalse));
        visit(condition);
        visit(whenTrue);
        visit(whenFalse);
        return;
      }
      case SyntaxKind.ArrayLiteralExpression:
      case SyntaxKind.ObjectLiteralExpression: {
        const items = listOf(node);
        for (const index of items.keys()) drop(items, index);
        for (const [index, item] of items.entries()) {
          const next = items[index + 1];
          if (node.kind === SyntaxKind.ArrayLiteralExpression && next !== undefined && !isSearched(node))
            swap(item, next, nameOfList(node));
        }
        break;
      }
      case SyntaxKind.CallExpression: {
        const { expression, arguments: given } = node as CallExpression; // its kind says so
        const [first, second] = given;
        const isLimit = textOf(expression) === "Math.min" || textOf(expression) === "Math.max";
        // The order of compared values does not matter.
        if (first !== undefined && second !== undefined && given.length === 2 && !isLimit) swap(first, second);
        const narrowing = narrowed(expression);
        if (narrowing !== undefined) replace("dropped term", node, textOf(narrowing));
        if (textOf(expression) === "Math.min") replace("order", expression, "Math.max");
        if (textOf(expression) === "Math.max") replace("order", expression, "Math.min");
        break;
      }
      case SyntaxKind.ExpressionStatement:
        replace("dropped term", node, ";");
        break;
      case SyntaxKind.IfStatement:
        if (!textOf(node).includes("\n")) replace("dropped term", node, ";");
        break;
      case SyntaxKind.Block: {
        const { statements } = node as Block; // its kind says so
        for (const [index, statement] of statements.entries()) {
          const next = statements[index + 1];
          if (statement.kind === SyntaxKind.ExpressionStatement && next?.kind === SyntaxKind.ExpressionStatement) swap(statement, next);
        }
        break;
      }
    }
    node.forEachChild((child) => {
      if (!isType(child)) visit(child);
    });
  };
  source.forEachChild(visit);
  return found
    .filter(({ start, end, text: changed }) => changed !== text.slice(start, end))
    .sort((a, b) => a.start - b.start || a.end - b.end);
}

/** Returns a number that is not a multiple: limits and sizes detect an increment. */
function numberBeside(text: string): string {
  const [, digits = "", suffix = ""] = /^(.*?)(n?)$/.exec(text) ?? [];
  return `(${digits}${suffix} + 1${suffix})`;
}

/** Returns whether a text is a name, path or code, not a sentence, which tests need not repeat. */
function isWord(quoted: string): boolean {
  return quoted.startsWith('"') && quoted.length > 2 && !/\s/.test(quoted);
}

function listOf(node: Node): readonly Node[] {
  const list = node as Node & { readonly elements?: readonly Node[]; readonly properties?: readonly Node[] }; // an array or an object literal
  return list.elements ?? list.properties ?? [];
}

/** Returns the name of a list's declaration, or of the function that returns it. */
function nameOfList({ parent }: Node): string | undefined {
  // The list initializes a Map, or is followed by `as const`.
  if (parent.kind === SyntaxKind.NewExpression || parent.kind === SyntaxKind.AsExpression) return nameOfList(parent);
  if (parent.kind === SyntaxKind.VariableDeclaration || parent.kind === SyntaxKind.PropertyAssignment) return nameOf(parent);
  const declared = parent.kind === SyntaxKind.ReturnStatement ? parent.parent.parent : undefined;
  return declared?.kind === SyntaxKind.FunctionDeclaration ? nameOf(declared) : undefined;
}

function nameOf(node: Node): string | undefined {
  const { name } = node as Node & { readonly name?: { readonly text?: string } }; // declarations have one
  return name?.text;
}

/** Returns whether a list is only searched, so that its order does not matter. */
function isSearched({ parent }: Node): boolean {
  const { name, expression } = parent as Node & {
    readonly name?: { readonly text: string };
    readonly expression?: { readonly text?: string };
  }; // a property access has the one, a call of a constructor the other
  if (parent.kind === SyntaxKind.NewExpression) return expression?.text === "Set";
  return parent.kind === SyntaxKind.PropertyAccessExpression && name?.text === "includes";
}

/** Returns the value on which a narrowing method is called. */
function narrowed(called: Node): Node | undefined {
  const { name, expression } = called as Node & { readonly name?: { readonly text: string }; readonly expression?: Node }; // a property access has both
  return called.kind === SyntaxKind.PropertyAccessExpression && NARROWING.has(name?.text ?? "") ? expression : undefined;
}

function isType(node: Node): boolean {
  return node.kind >= SyntaxKind.FirstTypeNode && node.kind <= SyntaxKind.LastTypeNode;
}

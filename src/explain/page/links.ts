import type { Path } from "../paths.ts";
import type { PageChange, PageInput, PageInputs } from "./page-inputs.ts";
import { keyOf, type TreeNode } from "./tree.ts";

/** An input that a value depends on, on one side of the page. */
export interface Link {
  readonly side: number;
  readonly input: PageInput;
}

/** Which values depend on which inputs. */
export interface Links {
  /** The inputs that change a value itself, or add something to it, in order of precedence. */
  readonly inputsOf: (node: TreeNode) => readonly Link[];
  /** The value that a change is shown at: the one that changes, or the one that would have it. */
  readonly placeOf: (change: PageChange) => TreeNode | undefined;
}

/** Connects the values of a tree with the inputs that change them. */
export function linksOf(roots: readonly TreeNode[], sides: readonly PageInputs[]): Links {
  const inputs = new Map<TreeNode, Link[]>();
  const places = new Map<PageChange, TreeNode>();
  for (const [side, { effective }] of sides.entries()) {
    for (const input of effective) {
      for (const change of input.changes) {
        const node = nearest(roots, change.path, side);
        if (node === undefined) continue;
        places.set(change, node);
        const known = inputs.get(node) ?? [];
        if (known.at(-1)?.input !== input) known.push({ side, input });
        inputs.set(node, known);
      }
    }
  }
  return { inputsOf: (node) => inputs.get(node) ?? [], placeOf: (change) => places.get(change) };
}

/** Returns the node at a path, or the nearest one above it that a side has. */
function nearest(roots: readonly TreeNode[], path: Path, side: number): TreeNode | undefined {
  let found: TreeNode | undefined;
  let nodes = roots;
  for (const step of path) {
    const next = nodes.find((node) => keyOf(node.step) === keyOf(step) && node.values[side] !== undefined);
    if (next === undefined) return found;
    found = next;
    nodes = next.children;
  }
  return found;
}

import { ConfigError } from "../common/errors.ts";
import { isObject } from "../go/json.ts";
import { faultPositionIn, parseDocument } from "../inputs/document.ts";
import { type Mapping, textAt } from "./shapes.ts";
import { type DocumentText, splitDocuments } from "./split-documents.ts";

/** A Kubernetes object. */
export interface KubeObject {
  readonly kind: string;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly value: Mapping;
}

/** Returns the objects of a manifest, those of lists too. `file` is its name in messages. @throws ConfigError with the place of each problem */
export function readObjects(file: string, text: string): readonly KubeObject[] {
  const problems: string[] = [];
  const objects = splitDocuments(text).flatMap((document) => {
    const parsed = parseDocument(document.text);
    if (!parsed.ok) problems.push(faultOf(file, document, parsed.error));
    else if (isObject(parsed.value))
      return objectsOf(parsed.value, (problem) => problems.push(`${file}, line ${document.line}: ${problem}`));
    else if (parsed.value !== null)
      problems.push(`${file}, line ${document.line}: expected a Kubernetes object, found ${shapeOf(parsed.value)}`);
    return [];
  });
  if (problems.length > 0) throw new ConfigError(`Cannot read "${file}"`, problems);
  return objects;
}

function objectsOf(value: Mapping, refuse: (problem: string) => void): readonly KubeObject[] {
  const kind = textAt(value, "kind");
  if (kind === undefined) {
    refuse("an object without kind; give a Pod, as kubectl get -o yaml prints it");
    return [];
  }
  const { items } = value;
  if (kind.endsWith("List") && Array.isArray(items)) {
    // Items of a typed list such as PodList may leave their kind out.
    const itemKind = kind.slice(0, -"List".length);
    return items.filter(isObject).flatMap((item) => objectsOf(itemKind === "" ? item : { kind: itemKind, ...item }, refuse));
  }
  return [{ kind, name: textAt(value, "metadata", "name"), namespace: textAt(value, "metadata", "namespace"), value }];
}

/** Returns where a document cannot be read and why. The text there is not shown, as it may be a secret. */
function faultOf(file: string, { text, line }: DocumentText, error: string): string {
  const at = faultPositionIn(text, error);
  const reason = error.replace(/^yaml: /, "").replace(/^line \d+(?:: column \d+)?: /, "");
  return at === undefined ? `${file}, line ${line}: ${reason}` : `${file}, line ${at.line + line - 1}, column ${at.column}: ${reason}`;
}

function shapeOf(value: unknown): string {
  return Array.isArray(value) ? "a list" : "a text or number";
}

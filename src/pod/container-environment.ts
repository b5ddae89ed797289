import type { ProxyPod } from "./choose-proxy.ts";
import { fieldValue, known, type Resolved, resourceValue, unknown } from "./downward-value.ts";
import type { KubeObject } from "./read-objects.ts";
import { type Mapping, mappingAt, mappingsAt, textAt, textMembersAt } from "./shapes.ts";
import { standInText, type Unknowns } from "./unknown.ts";

/** The names that a variable may have; a key of a ConfigMap with another name sets none. */
const NAME = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;

/** Returns the variables of a container, as the kubelet sets them from `envFrom` and `env`. What is not known is collected. */
export function containerEnvironment(
  proxy: ProxyPod,
  objects: readonly KubeObject[],
  unknowns: Unknowns,
): readonly (readonly [name: string, value: string])[] {
  const variables = new Map<string, string>();
  for (const source of mappingsAt(proxy.container, "envFrom")) addAll(source, proxy, objects, unknowns, variables);
  for (const entry of mappingsAt(proxy.container, "env")) {
    const name = textAt(entry, "name");
    if (name === undefined) continue;
    const resolved = entryValue(entry, proxy, objects, variables);
    if (resolved === undefined) continue;
    if (resolved.kind === "known") variables.set(name, resolved.text);
    else {
      const { origin, standIn } = resolved;
      unknowns.add({ name, origin, ...(standIn === undefined ? {} : { standIn }) });
      if (standIn !== undefined) variables.set(name, standIn);
    }
  }
  return [...variables];
}

/** Replaces `$(NAME)` by the value of a variable, and `$$` by `$`; a name that is not set stays as it is. */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (all, name: string | undefined) =>
    name === undefined ? "$" : (variables.get(name) ?? all),
  );
}

function addAll(
  source: Mapping,
  proxy: ProxyPod,
  objects: readonly KubeObject[],
  unknowns: Unknowns,
  variables: Map<string, string>,
): void {
  const prefix = textAt(source, "prefix") ?? "";
  const secret = textAt(source, "secretRef", "name");
  if (secret !== undefined) {
    const keys = keysOfSecret(findObject(objects, "Secret", secret, proxy));
    const origin = `the values of Secret ${secret}`;
    if (keys === undefined) unknowns.add({ name: `variables ${prefix}* from envFrom`, origin });
    for (const key of keys ?? []) {
      const standIn = standInText(`Secret ${secret}, key ${key}`);
      unknowns.add({ name: `${prefix}${key}`, origin, standIn });
      variables.set(`${prefix}${key}`, standIn);
    }
  }
  const map = textAt(source, "configMapRef", "name");
  if (map === undefined) return;
  const found = findObject(objects, "ConfigMap", map, proxy);
  if (found === undefined)
    unknowns.add({ name: `variables ${prefix}* from envFrom`, origin: `ConfigMap ${map}, which is not in the file` });
  for (const [key, value] of textMembersAt(found?.value, "data")) if (NAME.test(`${prefix}${key}`)) variables.set(`${prefix}${key}`, value);
}

/** Returns the value of an entry of `env`; undefined if it sets no variable. */
function entryValue(
  entry: Mapping,
  proxy: ProxyPod,
  objects: readonly KubeObject[],
  variables: ReadonlyMap<string, string>,
): Resolved | undefined {
  const from = mappingAt(entry, "valueFrom");
  const field = textAt(from, "fieldRef", "fieldPath");
  if (field !== undefined) return fieldValue(proxy, field);
  if (from["resourceFieldRef"] !== undefined) return resourceValue(proxy, mappingAt(from, "resourceFieldRef"));
  const secret = textAt(from, "secretKeyRef", "name");
  if (secret !== undefined) return unknown(`Secret ${secret}, key ${textAt(from, "secretKeyRef", "key") ?? ""}`);
  const map = textAt(from, "configMapKeyRef", "name");
  if (map !== undefined) return valueInMap(map, mappingAt(from, "configMapKeyRef"), proxy, objects);
  const others = Object.keys(from);
  if (others.length > 0) return unknown(`valueFrom ${others.join(", ")}`);
  return known(expand(textAt(entry, "value") ?? "", variables));
}

function valueInMap(map: string, reference: Mapping, proxy: ProxyPod, objects: readonly KubeObject[]): Resolved | undefined {
  const key = textAt(reference, "key") ?? "";
  const found = findObject(objects, "ConfigMap", map, proxy);
  if (found === undefined) return unknown(`ConfigMap ${map}, key ${key}, which is not in the file`);
  const text = textAt(found.value, "data", key);
  if (text !== undefined) return known(text);
  return textAt(reference, "optional") === "true" ? undefined : unknown(`ConfigMap ${map}, key ${key}, which it does not have`);
}

/** Returns the object of a kind and name in the namespace of the pod. A manifest may leave the namespace out. */
export function findObject(objects: readonly KubeObject[], kind: string, name: string, { object }: ProxyPod): KubeObject | undefined {
  const isNear = (namespace: string | undefined) =>
    namespace === undefined || object.namespace === undefined || namespace === object.namespace;
  return objects.find((each) => each.kind === kind && each.name === name && isNear(each.namespace));
}

/** Returns the names of the keys of a Secret; its values are never read. */
function keysOfSecret(secret: KubeObject | undefined): readonly string[] | undefined {
  if (secret === undefined) return undefined;
  return [...Object.keys(mappingAt(secret.value, "data")), ...Object.keys(mappingAt(secret.value, "stringData"))];
}

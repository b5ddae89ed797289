/** A resource, serialized as `google.protobuf.Any`. */
export interface Resource {
  readonly type: string;
  readonly name: string;
  readonly any: Buffer;
}

/** Returns the resources of the node with an id. */
export type ResourcesOf = (node: string) => readonly Resource[];

/** Returns the resources of each node, also where all have the same. */
export function byNode(resources: readonly Resource[] | ResourcesOf): ResourcesOf {
  return typeof resources === "function" ? resources : () => resources;
}

/** What differs between the resources of a type: those that are new or others, and the names of those that are gone. */
export interface Changes {
  readonly type: string;
  readonly changed: readonly Resource[];
  readonly removed: readonly string[];
}

/** Returns what differs, type by type. */
export function changesBetween(before: readonly Resource[], after: readonly Resource[]): readonly Changes[] {
  return [...new Set([...before, ...after].map(({ type }) => type))].flatMap((type) => {
    const ofType = (list: readonly Resource[]) => new Map(list.filter((each) => each.type === type).map((each) => [each.name, each]));
    const [old, now] = [ofType(before), ofType(after)];
    const changed = [...now.values()].filter(({ name, any }) => old.get(name)?.any.equals(any) !== true);
    const removed = [...old.keys()].filter((name) => !now.has(name));
    return changed.length + removed.length > 0 ? [{ type, changed, removed }] : [];
  });
}

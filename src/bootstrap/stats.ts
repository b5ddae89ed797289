/** The statistics a drain by connections counts. */
export const CONNECTIONS = "downstream_cx_active";

/** A comma list; the empty text has no items, items are neither trimmed nor dropped (contract 1.6 §7.3, 1.30 §7.8). */
export function commaList(text: string): readonly string[] {
  return text === "" ? [] : text.split(",");
}

/** Each item with `{pod_ip}` becomes one item an address, in order; the others stay. */
export function expandPodIp(items: readonly string[], addresses: readonly string[]): readonly string[] {
  const expanded: string[] = [];
  for (const item of items)
    if (item.includes("{pod_ip}")) for (const address of addresses) expanded.push(item.replaceAll("{pod_ip}", address));
    else expanded.push(item);
  return expanded;
}

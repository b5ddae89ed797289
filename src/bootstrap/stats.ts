/** The statistic that a drain by connections counts. */
export const ACTIVE_CONNECTIONS = "downstream_cx_active";

/** Splits a comma-separated list; the empty string has no items, items are neither trimmed nor dropped (contract 1.6 §7.3, 1.30 §7.8). */
export function commaList(text: string): readonly string[] {
  return text === "" ? [] : text.split(",");
}

/** Repeats each item that contains `{pod_ip}` for every address, in order; other items are unchanged. */
export function expandPodIp(items: readonly string[], addresses: readonly string[]): readonly string[] {
  const expanded: string[] = [];
  for (const item of items)
    if (item.includes("{pod_ip}")) for (const address of addresses) expanded.push(item.replaceAll("{pod_ip}", address));
    else expanded.push(item);
  return expanded;
}

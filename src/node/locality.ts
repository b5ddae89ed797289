/** Where a node runs; unknown parts are absent. */
export interface Locality {
  readonly region?: string;
  readonly zone?: string;
  readonly sub_zone?: string;
}

/** Creates a locality from its parts; empty parts are absent. */
export function localityOf(region = "", zone = "", subZone = ""): Locality {
  return { ...(region && { region }), ...(zone && { zone }), ...(subZone && { sub_zone: subZone }) };
}

/**
 * Converts a locality label to slashes between its parts; dots are separators only without a slash (contract 1.6 §6.6, 1.30 §6.1 step 11).
 */
export function localityPath(label: string): string {
  return label.includes("/") ? label : label.replaceAll(".", "/");
}

/** Where a node runs; members that are not known are absent. */
export interface Locality {
  readonly region?: string;
  readonly zone?: string;
  readonly sub_zone?: string;
}

/** A locality of its parts; empty parts are absent. */
export function localityOf(region = "", zone = "", subZone = ""): Locality {
  return { ...(region && { region }), ...(zone && { zone }), ...(subZone && { sub_zone: subZone }) };
}

/** The value of a locality label with slashes between its parts: dots count only when there is no slash (contract 1.6 §6.6, 1.30 §6.1 step 11). */
export function slashed(label: string): string {
  return label.includes("/") ? label : label.replaceAll(".", "/");
}

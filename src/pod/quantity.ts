// Quantities of Kubernetes are exact: a number, and a suffix that is a power of 10 or of 2, or an exponent.

/** Exact quantities count in units of 1e-9. */
const SCALE = 9;
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Readonly<Record<string, number>> = { Ki: 1, Mi: 2, Gi: 3, Ti: 4, Pi: 5, Ei: 6 };
const FORM = /^([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d{1,2}|[KMGTPE]i|[numkMGTPE])?$/;

/** Parses a quantity such as 500m, 2, 1.5 or 128Mi to units of 1e-9; undefined for any other text. */
export function parseQuantity(text: string): bigint | undefined {
  const [, sign = "", whole = "", fraction = "", suffix = ""] = FORM.exec(text.trim()) ?? [];
  if (whole === "" && fraction === "") return undefined;
  const digits = BigInt(`${whole}${fraction}`);
  const power = BINARY[suffix];
  const exponent = /^[eE]./.test(suffix) ? Number(suffix.slice(1)) : (DECIMAL[suffix] ?? 0);
  const scaled = digits * (power === undefined ? 1n : 1024n ** BigInt(power));
  const shift = SCALE - fraction.length + exponent;
  const value = shift >= 0 ? scaled * 10n ** BigInt(shift) : divideUp(scaled, 10n ** BigInt(-shift));
  return sign === "-" ? -value : value;
}

/** Returns the quantity in units of a divisor as a whole number, rounded up, as the kubelet does for a resourceFieldRef. */
export function inUnitsOf(quantity: bigint, divisor: bigint): string {
  return String(divideUp(quantity, divisor));
}

function divideUp(value: bigint, by: bigint): bigint {
  return value / by + (value > 0n && value % by !== 0n ? 1n : 0n);
}

/** The largest number of 32 bits. */
export const LARGEST = 0xffff_ffff;

/** Parses a number of 32 bits as `ip` reads it: decimal, octal after 0, hexadecimal after 0x; undefined for anything else. */
export function ipNumber(text: string): number | undefined {
  const [, hex, octal, decimal] = /^\+?(?:0x([0-9a-f]+)|0([0-7]*)|([1-9][0-9]*))$/i.exec(text) ?? [];
  const digits = hex ?? octal ?? decimal;
  if (digits === undefined) return undefined;
  const value = Number.parseInt(`0${digits}`, hex !== undefined ? 16 : octal !== undefined ? 8 : 10);
  return value <= LARGEST ? value : undefined;
}

/** Seconds by which a measured time may be off. */
const TOLERANCE = 1.5;

/** Where what was seen differs from what was recorded, by the comparison rule of the status recordings. */
export function statusDifferences(want: unknown, got: unknown, path = ""): readonly string[] {
  if (isList(want) && isList(got) && want.length === got.length)
    return want.flatMap((each, index) => statusDifferences(each, got[index], `${path}[${index}]`));
  if (isRecord(want) && isRecord(got)) {
    const keys = [...new Set([...Object.keys(want), ...Object.keys(got)])].filter((key) => key !== "stderrMentions");
    return keys.flatMap((key) => memberDifferences(key, want, got, path === "" ? key : `${path}.${key}`));
  }
  return Object.is(want, got) ? [] : [`${path}: want ${short(want)}, got ${short(got)}`];
}

function memberDifferences(
  key: string,
  want: Readonly<Record<string, unknown>>,
  got: Readonly<Record<string, unknown>>,
  path: string,
): readonly string[] {
  if (!Object.hasOwn(got, key)) return [`${path}: missing, want ${short(want[key])}`];
  if (!Object.hasOwn(want, key)) return [`${path}: unexpected ${short(got[key])}`];
  return isSame(key, want[key], got[key]) ? [] : statusDifferences(want[key], got[key], path);
}

/** Whether two values of a member count as equal although they are not. */
function isSame(key: string, want: unknown, got: unknown): boolean {
  if (typeof want === "number" && typeof got === "number") {
    if (key === "exit") return (want === 0) === (got === 0);
    return key === "seconds" && Math.abs(want - got) <= TOLERANCE;
  }
  if (typeof want !== "string" || typeof got !== "string") return false;
  if (key === "request") return decoded(want) === decoded(got);
  return (key === "accept" || key === "content-type") && mediaTypes(want) === mediaTypes(got);
}

/** Returns the decoded bytes of a target, as percent-encoding is the sender's choice. */
function decoded(target: string): string {
  return Buffer.from(target)
    .toString("latin1")
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Media types without regard to blanks, case and the order of parameters. */
function mediaTypes(text: string): string {
  const kinds = text.split(",").map((kind) => {
    const [name = "", ...parameters] = kind.split(";").map((part) => part.trim().toLowerCase());
    return [name, ...parameters.sort()].join(";");
  });
  return kinds.join(",");
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function short(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 200);
}

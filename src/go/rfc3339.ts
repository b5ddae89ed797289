/** Returns a time as Go's `time.RFC3339` has it, in a zone that is so many minutes ahead of UTC. */
export function rfc3339(milliseconds: number, minutesAhead: number): string {
  const local = new Date(milliseconds + minutesAhead * 60_000).toISOString().replace(/\.\d+Z$/, "");
  if (minutesAhead === 0) return `${local}Z`;
  const digits = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.abs(minutesAhead);
  return `${local}${minutesAhead < 0 ? "-" : "+"}${digits(Math.floor(minutes / 60))}:${digits(minutes % 60)}`;
}

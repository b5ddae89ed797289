import type { Headers } from "../http/message-head.ts";

/** Headers that HTTP allows once: of several values the first one is sent, which is the agent's own. */
const SINGLE =
  /^(?:age|authorization|content-.*|date|dnt|etag|expires|from|if-.*|last-modified|location|max-forwards|proxy-authorization|range|referer|retry-after|tk|upgrade-insecure-requests|x-content-type-options|access-control-.*)$/;

/** Returns headers by name. Several values are sent one after the other, as by upstream's library. */
export function headersByName(headers: Headers): Readonly<Record<string, string | string[]>> {
  const found = new Map<string, string | string[]>();
  for (const [name, value] of headers) {
    const before = found.get(name);
    if (before === undefined) found.set(name, value);
    else if (!SINGLE.test(name)) found.set(name, [before, value].flat());
  }
  return Object.fromEntries(found);
}

import type { Headers } from "../http/message-head.ts";

/** Headers that HTTP allows once: of several values the first one is sent, which is the agent's own. */
const SINGLE =
  /^(?:age|authorization|content-.*|date|dnt|etag|expires|from|if-.*|last-modified|location|max-forwards|proxy-authorization|range|referer|retry-after|tk|upgrade-insecure-requests|x-content-type-options|access-control-.*)$/;

/** Returns the headers that are sent of those that are configured. Several values are sent one after the other, as by upstream's library. */
export function sentHeaders(headers: Headers): Headers {
  return headers.filter(([name], index) => !SINGLE.test(name) || headers.findIndex(([each]) => each === name) === index);
}

/** The header fields that both sides know, by index from 1 (RFC 7541 appendix A). */
const FIELDS =
  ":authority;:method=GET;:method=POST;:path=/;:path=/index.html;:scheme=http;:scheme=https;:status=200;:status=204;:status=206;" +
  ":status=304;:status=400;:status=404;:status=500;accept-charset;accept-encoding=gzip, deflate;accept-language;accept-ranges;accept;" +
  "access-control-allow-origin;age;allow;authorization;cache-control;content-disposition;content-encoding;content-language;" +
  "content-length;content-location;content-range;content-type;cookie;date;etag;expect;expires;from;host;if-match;if-modified-since;" +
  "if-none-match;if-range;if-unmodified-since;last-modified;link;location;max-forwards;proxy-authenticate;proxy-authorization;range;" +
  "referer;refresh;retry-after;server;set-cookie;strict-transport-security;transfer-encoding;user-agent;vary;via;www-authenticate";

/** A header field: its name in lower case, and its value. */
export type Field = readonly [name: string, value: string];

/** The fields in order; the first has index 1. */
export const STATIC_TABLE: readonly Field[] = FIELDS.split(";").map((field): Field => {
  const [name = "", value = ""] = field.split("=");
  return [name, value];
});

/** Returns the index of a field, or of the first with its name; 0 if there is none. */
export function staticIndex([name, value]: Field): { readonly index: number; readonly hasValue: boolean } {
  const same = STATIC_TABLE.findIndex((field) => field[0] === name && field[1] === value && value !== "");
  if (same >= 0) return { index: same + 1, hasValue: true };
  return { index: STATIC_TABLE.findIndex((field) => field[0] === name) + 1, hasValue: false };
}

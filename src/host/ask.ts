import { bytesOfText } from "../go/bytes.ts";
import { quote } from "../go/literal.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";
import { hostHeader, parseUrl, refererOf, requestAddress, resolveUrl, type Url } from "../go/url.ts";
import { headerOf } from "../status/message-head.ts";
import { isRedirect, MOST_REDIRECTS } from "../status/redirects.ts";
import { reasonOf } from "./read-file.ts";
import { bytesOf, call } from "./status/http-client.ts";
import { timeLimit } from "./time-limit.ts";

/** A question to an HTTP server. */
export interface Ask {
  /** Empty: GET. */
  readonly method: string;
  readonly url: string;
  readonly body: string;
  /** For all of it; no limit at 0 or less. */
  readonly timeoutMilliseconds: number;
}

interface Hop {
  readonly method: string;
  readonly url: Url;
  readonly body: string;
  readonly referer?: string | undefined;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Asks a URL and follows its redirects as Go's client does; why there is no answer is a text. */
export async function ask({ method, url, body, timeoutMilliseconds }: Ask): Promise<Parsed<{ status: number; body: Uint8Array }>> {
  if (method !== "" && !TOKEN.test(method)) return bad(`net/http: invalid method ${quote(method)}`);
  const signal = timeLimit(timeoutMilliseconds);
  try {
    let hop: Hop = { method: method || "GET", url: read(bytesOfText(url)), body };
    for (let followed = 0; followed < MOST_REDIRECTS; followed++) {
      const address = requestAddress(hop.url);
      if (!address.ok) return address;
      const answer = await call({ ...address.value, headers: headersOf(hop), method: hop.method, body: hop.body, verify: true, signal });
      const location = headerOf(answer.headers, "location");
      if (!isRedirect(answer.status) || location === undefined) return ok({ status: answer.status, body: await bytesOf(answer) });
      answer.cut();
      hop = next(hop, answer.status, resolveUrl(hop.url, read(location)));
    }
    return bad(`stopped after ${MOST_REDIRECTS} redirects`);
  } catch (error) {
    if (signal.aborted) return bad(`no answer within ${timeoutMilliseconds} ms`);
    return bad(reasonOf(error));
  }
}

function next({ method, url, body }: Hop, status: number, target: Url): Hop {
  const keeps = status >= 307 || method === "HEAD";
  return { method: keeps ? method : "GET", url: target, body: keeps ? body : "", referer: refererOf(url, target) };
}

function headersOf({ url, referer }: Hop): readonly (readonly [string, string])[] {
  return [["Host", hostHeader(url)], ...(referer === undefined ? [] : [["Referer", referer] as const])];
}

/** @throws Error for a text that is no URL */
function read(text: string): Url {
  const url = parseUrl(text);
  if (!url.ok) throw new Error(`"${text}": ${url.error}`);
  return url.value;
}

import { bad, ok, type Parsed } from "../go/parsed.ts";
import { bytesOfText, parseUrl, requestAddress, resolveUrl, type Url } from "../go/url.ts";
import { headerOf } from "../status/message-head.ts";
import { isRedirect, MOST_REDIRECTS } from "../status/redirects.ts";
import { reasonOf } from "./read-file.ts";
import { bytesOf, call } from "./status/http-client.ts";

export interface Ask {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly timeoutMilliseconds: number;
}

/** Asks a URL and follows its redirects as Go's client does; why there is no answer is a text. */
export async function ask({ method, url, body, timeoutMilliseconds }: Ask): Promise<Parsed<{ status: number; body: Uint8Array }>> {
  const signal = AbortSignal.timeout(timeoutMilliseconds);
  try {
    let next = { method, url: read(bytesOfText(url)), body };
    for (let followed = 0; followed < MOST_REDIRECTS; followed++) {
      const address = requestAddress(next.url);
      if (!address.ok) return address;
      const headers = [["Host", next.url.host]] as const;
      const answer = await call({ ...address.value, headers, method: next.method, body: next.body, verify: true, signal });
      const location = headerOf(answer.headers, "location");
      if (!isRedirect(answer.status) || location === undefined) return ok({ status: answer.status, body: await bytesOf(answer) });
      answer.cut();
      const keeps = answer.status >= 307 || next.method === "HEAD";
      const target = resolveUrl(next.url, read(location));
      next = { method: keeps ? next.method : "GET", url: target, body: keeps ? next.body : "" };
    }
    return bad(`stopped after ${MOST_REDIRECTS} redirects`);
  } catch (error) {
    if (signal.aborted) return bad(`no answer within ${timeoutMilliseconds} ms`);
    return bad(reasonOf(error));
  }
}

/** @throws Error for a text that is no URL */
function read(text: string): Url {
  const url = parseUrl(text);
  if (!url.ok) throw new Error(`"${text}": ${url.error}`);
  return url.value;
}

import { bad, ok, type Parsed } from "../go/parsed.ts";
import { type Headers, headerOf } from "../status/message-head.ts";
import { isRedirect, MOST_REDIRECTS } from "../status/redirects.ts";
import { reasonOf } from "./read-file.ts";
import { bytesOf, type Call, call } from "./status/http-client.ts";

export interface Ask {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly timeoutMilliseconds: number;
}

/** Asks a URL and follows its redirects as Go's client does; why there is no answer is a text. */
export async function ask({ method, url, body, timeoutMilliseconds }: Ask): Promise<Parsed<{ status: number; body: Uint8Array }>> {
  const signal = AbortSignal.timeout(timeoutMilliseconds);
  let next = { method, url, body };
  try {
    for (let followed = 0; followed < MOST_REDIRECTS; followed++) {
      const answer = await call({ ...placeOf(next.url), method: next.method, body: next.body, signal });
      const location = headerOf(answer.headers, "location");
      if (!isRedirect(answer.status) || location === undefined) return ok({ status: answer.status, body: await bytesOf(answer) });
      answer.cut();
      const keeps = answer.status >= 307 || next.method === "HEAD";
      next = { method: keeps ? next.method : "GET", url: new URL(location, next.url).href, body: keeps ? next.body : "" };
    }
    return bad(`stopped after ${MOST_REDIRECTS} redirects`);
  } catch (error) {
    if (signal.aborted) return bad(`no answer within ${timeoutMilliseconds} ms`);
    return bad(reasonOf(error));
  }
}

/** Where a URL leads, its path as it stands. @throws Error for a URL that cannot be asked */
function placeOf(url: string): Pick<Call, "host" | "port" | "tls" | "target" | "verify"> & { readonly headers: Headers } {
  if (!URL.canParse(url)) throw new Error("it is no URL");
  const { protocol, hostname, port, host } = new URL(url);
  if (protocol !== "http:" && protocol !== "https:") throw new Error(`unsupported protocol scheme "${protocol.slice(0, -1)}"`);
  const tls = protocol === "https:";
  const path = url.replace(/^[^:]+:\/\/[^/?#]*/, "").replace(/#.*$/s, "");
  const target = (path.startsWith("/") ? path : `/${path}`).replace(/[^!-~]+/gu, encodeURIComponent);
  return { host: hostname, port: port === "" ? (tls ? 443 : 80) : Number(port), tls, verify: true, target, headers: [["Host", host]] };
}

import { bytesOfText } from "../../go/bytes.ts";
import { quote } from "../../go/literal.ts";
import { bad, ok, type Parsed } from "../../go/parsed.ts";
import { parseUrl } from "../../go/url.ts";
import { TOKEN } from "../../http/message-head.ts";
import { requestFor } from "../../http/redirects.ts";
import { reasonOf } from "../files/read-file.ts";
import { bytesOf } from "./client.ts";
import { followRedirects } from "./follow-redirects.ts";
import { timeLimit } from "./time-limit.ts";

/** A request to an HTTP server. */
export interface HttpRequest {
  /** An empty method means GET. */
  readonly method: string;
  readonly url: string;
  readonly body: string;
  /** Timeout of the whole call; none at 0 or less. */
  readonly timeoutMilliseconds: number;
}

/** Requests a URL and follows redirects as Go's client does; an error says why there is no answer. */
export async function httpRequest({
  method,
  url,
  body,
  timeoutMilliseconds,
}: HttpRequest): Promise<Parsed<{ status: number; body: Uint8Array }>> {
  if (method !== "" && !TOKEN.test(method)) return bad(`net/http: invalid method ${quote(method)}`);
  const parsed = parseUrl(bytesOfText(url));
  if (!parsed.ok) return bad(`"${url}": ${parsed.error}`);
  const { signal, end } = timeLimit(timeoutMilliseconds);
  try {
    const request = requestFor(parsed.value, { method: method || "GET", body });
    const answer = await followRedirects(request, { verify: true, otherHosts: true, signal });
    return ok({ status: answer.status, body: await bytesOf(answer) });
  } catch (error) {
    if (signal.aborted) return bad(`no answer within ${timeoutMilliseconds} ms`);
    return bad(reasonOf(error));
  } finally {
    end();
  }
}

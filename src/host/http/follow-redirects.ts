import { requestAddress, urlText } from "../../go/url.ts";
import { headersOf, nextRequest, type WebRequest } from "../../http/redirects.ts";
import { type Answer, call } from "./client.ts";
import type { Destination } from "./connect.ts";

export interface FollowOptions extends Pick<Destination, "source" | "verify" | "http2" | "signal"> {
  /** Whether redirects to another host are followed; otherwise that answer is returned. */
  readonly otherHosts: boolean;
}

/** Sends a request and follows redirects as Go's client does. @throws Error when there is no answer or a redirect cannot be followed */
export async function followRedirects(first: WebRequest, options: FollowOptions): Promise<Answer> {
  let request = first;
  for (let followed = 0; ; followed++) {
    const address = requestAddress(request.url);
    if (!address.ok) throw new Error(`"${urlText(request.url)}": ${address.error}`);
    const { method, body } = request;
    const answer: Answer = await call({ ...options, ...address.value, headers: headersOf(request), method, body });
    const next = nextRequest(request, answer, followed, options);
    if (next.kind === "stop") return answer;
    answer.cut();
    if (next.kind === "fail") throw new Error(next.problem);
    request = next.request;
  }
}

import { joinHostPort } from "../../go/host-port.ts";
import { call, textOf } from "./client.ts";

/** The answer of a server as text, or why there is none. */
export type TextAnswer =
  | { readonly kind: "answer"; readonly status: number; readonly text: string }
  | { readonly kind: "late" }
  | { readonly kind: "failed"; readonly error: unknown };

/** Sends a request without a body on a new connection; `limit` is the timeout of the whole call, in milliseconds. Never throws. */
export async function textRequest(
  { host, port }: { readonly host: string; readonly port: number },
  method: string,
  target: string,
  limit: number,
): Promise<TextAnswer> {
  const signal = AbortSignal.timeout(limit);
  try {
    const answer = await call({ host, port, method, target, headers: [["Host", joinHostPort(host, String(port))]], signal });
    return { kind: "answer", status: answer.status, text: await textOf(answer) };
  } catch (error) {
    return signal.aborted ? { kind: "late" } : { kind: "failed", error };
  }
}

import type { Endpoint } from "./mesh-plan.ts";

/** How BoringSSL says that a certificate is not from a known authority. */
const UNKNOWN_AUTHORITY = /self.signed certificate|unable to (?:get|verify)/;

/** Returns which root certificates a server was verified with, for the end of a message, if they do not know its authority; otherwise nothing. */
export function rootsHint({ tls }: Pick<Endpoint, "tls">, message: string): string {
  if (tls === undefined || !UNKNOWN_AUTHORITY.test(message)) return "";
  const { roots } = tls;
  return roots.kind === "system"
    ? " (verified with the system's root certificates)"
    : ` (verified with the root certificates of "${roots.path}")`;
}

/** What matters of a certificate; times in milliseconds since 1970. */
export interface CertificateFacts {
  readonly notAfter: number;
  readonly isAuthority: boolean;
  /** The first URI name, or the subject. */
  readonly identity: string;
}

/** What the CA has answered, as far as it can be read. */
export interface IssuedFacts {
  /** The first certificate, or why it cannot be read. */
  readonly leaf: CertificateFacts | string;
  /** Whether it belongs to the key of the request. */
  readonly matchesKey: boolean;
  /** The certificates of the last element. */
  readonly roots: readonly CertificateFacts[];
  /** The place of the first element that Envoy cannot load, from 1. */
  readonly unusable?: number;
}

/** Returns why certificates from the CA are not used; undefined if they are. The first reason is pilot-agent's (recorded: ca/answer_no_pem). */
export function refusalOf({ leaf, matchesKey, roots, unusable }: IssuedFacts, now: number): string | undefined {
  if (typeof leaf === "string") return `failed to extract expire time from server certificate in CSR response: ${leaf}`;
  if (!matchesKey) return "the issued certificate does not belong to the key of the request";
  // A time that is no number is not later either.
  if (!(leaf.notAfter > now))
    return `the issued certificate expired at ${timeText(leaf.notAfter)}; the clock of this machine is at ${timeText(now)}`;
  if (!roots.some((root) => root.isAuthority)) return "the last certificate of the CA is not one of a certificate authority";
  if (unusable !== undefined) return `element ${unusable} of the chain of the CA contains something that is no certificate`;
  return undefined;
}

/** Formats a time for the log: UTC, to the second; the number itself if it is no time. */
export function timeText(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : `${date.toISOString().slice(0, -5)}Z`;
}

import { withoutDot } from "../go/host-port.ts";

/** A label of a host name; a `_` is common, though no host name may have one. */
const LABEL = /^[a-z\d_][a-z\d_-]*$/;
const DNS = "DNS:";

/**
 * Reports whether a certificate is valid for a name, by the rules of Go's `x509.Certificate.VerifyHostname`: a `*` is the whole first label,
 * and a name that is no host name has to be the same text.
 */
export function matchesName(alternativeName: string, name: string): boolean {
  const [pattern, text] = [lowerCase(alternativeName), lowerCase(name)];
  const host = withoutDot(text);
  if (!isHostName(host) || !isPattern(pattern)) return pattern === text && host !== "";
  const labels = host.split(".");
  const wanted = pattern.split(".");
  return wanted.length === labels.length && wanted.every((label, at) => (at === 0 && label === "*") || label === labels[at]);
}

/** Returns the DNS names of the alternative names of a certificate, as the runtime writes them: odd ones are quoted, commas in them escaped. */
export function dnsNames(alternativeNames: string | undefined): readonly string[] {
  const names = (alternativeNames ?? "").split(", ").filter((each) => each.startsWith(DNS));
  return names.map((each) => each.slice(DNS.length)).map((name) => (name.startsWith('"') ? String(JSON.parse(name)) : name));
}

function isPattern(text: string): boolean {
  return isHostName(text.startsWith("*.") ? text.slice("*.".length) : text);
}

function isHostName(text: string): boolean {
  return text.split(".").every((label) => LABEL.test(label));
}

/** Go changes only the letters of ASCII. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

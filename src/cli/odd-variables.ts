import type { Environment } from "../inputs/environment.ts";
import type { Notice } from "../inputs/notice.ts";
import { SWITCHES, variableOf } from "./switches.ts";

const OWN = "ATTACHE_";
/** How the variables of a release begin, which somebody may have mistyped further on. */
const RELEASES = ["POD", "PRO", "INST", "ISTIO", "ENVOY"];
/** What Kubernetes sets for a service of a name. */
const SERVICE_LINK = /_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

/**
 * Returns a warning for each variable that looks like one of attache's own or of the release and is none. A start
 * without such a variable looks at each name once and loads nothing.
 */
export function oddVariables(environment: Environment, release: object): readonly Notice[] {
  const odd: string[] = [];
  for (const pair of environment.pairs) if (isOdd(pair[0], release)) odd.push(pair[0]);
  return odd.length === 0 ? [] : odd.flatMap((name) => noticesOf(name, release));
}

function isOdd(name: string, release: object): boolean {
  switch (name.charCodeAt(0)) {
    case 65: // A
      return name.startsWith(OWN);
    case 69: // E
    case 73: // I
    case 80: // P
      return !name.startsWith("ISTIO_META") && !Object.hasOwn(release, name) && RELEASES.some((prefix) => name.startsWith(prefix));
    default:
      return false;
  }
}

function noticesOf(name: string, release: object): readonly Notice[] {
  const { nearest, within }: typeof import("./nearest.ts") = require("./nearest.ts");
  const own = name.startsWith(OWN) ? SWITCHES.map((flag) => variableOf(flag.name)) : undefined;
  if (own === undefined) {
    const meant = within(name.length < 10 ? 1 : 2, name, Object.keys(release));
    return meant === undefined ? [] : [{ level: "warn", text: `Ignoring variable ${name}; did you mean ${meant}?` }];
  }
  if (own.includes(name) || SERVICE_LINK.test(name)) return [];
  const meant = nearest(
    name.slice(OWN.length),
    own.map((each) => each.slice(OWN.length)),
  );
  const hint = meant === undefined ? "attache has no such switch" : `did you mean ${OWN}${meant}?`;
  return [{ level: "warn", text: `Ignoring variable ${name}; ${hint}` }];
}

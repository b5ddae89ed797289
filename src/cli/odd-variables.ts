import type { Notice } from "../common/notice.ts";
import type { Environment } from "../inputs/environment.ts";
import { SWITCHES, variableOf } from "./switches.ts";

const OWN = "ATTACHE_";
/** How the variables of a release begin, which somebody may have mistyped further on. */
const RELEASES = ["POD", "PRO", "INST", "ISTIO", "ENVOY"];
/** What Kubernetes sets for a service of a name. */
const SERVICE_LINK = /_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

/**
 * Returns a warning for each variable that looks like one of attache's own or of the release and is none. A start
 * without such a variable looks at the beginning of each name and loads nothing.
 */
export function oddVariables(environment: Environment, release: object): readonly Notice[] {
  const { pairs } = environment;
  let odd: string[] | undefined;
  for (let at = 0; at < pairs.length; at++) {
    const name = pairs[at]?.[0] ?? "";
    const first = name.charCodeAt(0);
    if ((first === 65 || first === 69 || first === 73 || first === 80) && isOdd(name, release)) odd = [...(odd ?? []), name];
  }
  return odd === undefined ? [] : odd.flatMap((name) => noticesOf(name, environment, release));
}

/** Of names that begin with A, E, I or P. */
function isOdd(name: string, release: object): boolean {
  if (name.startsWith("ISTIO_META")) return false;
  return name.startsWith(OWN) || (RELEASES.some((prefix) => name.startsWith(prefix)) && !Object.hasOwn(release, name));
}

function noticesOf(name: string, environment: Environment, release: object): readonly Notice[] {
  const { nearest, within }: typeof import("./nearest.ts") = require("./nearest.ts");
  const own = name.startsWith(OWN) ? SWITCHES.map((flag) => variableOf(flag.name)) : undefined;
  if (own === undefined) {
    if (isServiceLink(name, environment)) return [];
    const meant = within(name.length < 10 ? 1 : 2, name, Object.keys(release));
    // A mistyped name stands in place of the right one; beside it, it is another variable, such as INSTANCE_ID.
    return meant === undefined || environment.get(meant) !== undefined
      ? []
      : [{ level: "warn", text: `Ignoring variable ${name}; did you mean ${meant}?` }];
  }
  if (own.includes(name) || SERVICE_LINK.test(name)) return [];
  const meant = nearest(
    name.slice(OWN.length),
    own.map((each) => each.slice(OWN.length)),
  );
  const hint = meant === undefined ? "there is no such switch" : `did you mean ${OWN}${meant}?`;
  return [{ level: "warn", text: `Ignoring variable ${name}; ${hint}` }];
}

/** Whether Kubernetes set a variable for a service, such as ENVOY_STATS_PORT for one named envoy-stats: it sets its address too. */
function isServiceLink(name: string, { get }: Environment): boolean {
  const suffix = SERVICE_LINK.exec(name)?.[0];
  return suffix !== undefined && get(`${name.slice(0, -suffix.length)}_SERVICE_HOST`) !== undefined;
}

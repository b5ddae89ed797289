import type { Notice } from "../common/notice.ts";
import type { Environment } from "../inputs/environment.ts";
import { nearest, within } from "./nearest.ts";
import { SWITCHES, variableOf } from "./switches.ts";

const OWN = "ATTACHE_";
/** How the variables of a release begin, which somebody may have mistyped further on. */
const RELEASES = ["POD", "PRO", "INST", "ISTIO", "ENVOY"];
/** What Kubernetes sets for a service of a name. */
const SERVICE_LINK = /_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

/**
 * Returns a warning for each variable that looks like one of attache's own or of the release and is none.
 */
export function oddVariables(environment: Environment, release: object): readonly Notice[] {
  return environment.pairs.flatMap(([name]) => (isOdd(name, release) ? noticesOf(name, environment, release) : []));
}

function isOdd(name: string, release: object): boolean {
  if (name.startsWith("ISTIO_META")) return false;
  return name.startsWith(OWN) || (RELEASES.some((prefix) => name.startsWith(prefix)) && !Object.hasOwn(release, name));
}

function noticesOf(name: string, environment: Environment, release: object): readonly Notice[] {
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
  const hint = meant === undefined ? "attache has no such variable" : `did you mean ${OWN}${meant}?`;
  return [{ level: "warn", text: `Ignoring variable ${name}; ${hint}` }];
}

/** Whether Kubernetes set a variable for a service, such as ENVOY_STATS_PORT for one named envoy-stats: it sets its address too. */
function isServiceLink(name: string, { get }: Environment): boolean {
  const suffix = SERVICE_LINK.exec(name)?.[0];
  return suffix !== undefined && get(`${name.slice(0, -suffix.length)}_SERVICE_HOST`) !== undefined;
}

import type { Notice } from "../common/notice.ts";
import type { Environment } from "../inputs/environment.ts";
import { nearest, nearestWithin } from "./nearest.ts";
import { SWITCHES, variableOf } from "./switches.ts";

const OWN = "ATTACHE_";
/** Prefixes of the variables of a release. A misspelled variable is recognized by its prefix. */
const RELEASES = ["POD", "PRO", "INST", "ISTIO", "ENVOY"];
/** The suffixes of the variables that Kubernetes sets for a service. */
const SERVICE_LINK = /_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

/** Returns a warning for each variable whose name is similar to one of attache or of the release. */
export function misspelledVariables(environment: Environment, release: object): readonly Notice[] {
  return environment.pairs.flatMap(([name]) => {
    const hint = name.startsWith(OWN) ? hintOnOwn(name) : hintOnRelease(name, environment, release);
    return hint === undefined ? [] : [{ level: "warn", text: `Ignoring variable ${name}; ${hint}` }];
  });
}

/** Returns a hint on a variable with the prefix of attache, unless it is one of attache's or may be of a service. */
function hintOnOwn(name: string): string | undefined {
  const own = SWITCHES.map((flag) => variableOf(flag.name));
  if (own.includes(name) || SERVICE_LINK.test(name)) return undefined;
  const meant = nearest(
    name.slice(OWN.length),
    own.map((each) => each.slice(OWN.length)),
  );
  return meant === undefined ? "it is not a variable of attache" : `did you mean ${OWN}${meant}?`;
}

/** Returns a hint on a variable that resembles one of the release. */
function hintOnRelease(name: string, environment: Environment, release: object): string | undefined {
  const isCandidate = RELEASES.some((prefix) => name.startsWith(prefix)) && !name.startsWith("ISTIO_META");
  if (!isCandidate || Object.hasOwn(release, name) || isServiceLink(name, environment)) return undefined;
  const meant = nearestWithin(name.length < 10 ? 1 : 2, name, Object.keys(release));
  // If the correct variable is set too, this is a different one, such as INSTANCE_ID.
  return meant === undefined || environment.lookup(meant) !== undefined ? undefined : `did you mean ${meant}?`;
}

/** Reports whether Kubernetes set a variable for a service, such as ENVOY_STATS_PORT for envoy-stats: then it also set the service's host. */
function isServiceLink(name: string, { lookup }: Environment): boolean {
  const suffix = SERVICE_LINK.exec(name)?.[0];
  return suffix !== undefined && lookup(`${name.slice(0, -suffix.length)}_SERVICE_HOST`) !== undefined;
}

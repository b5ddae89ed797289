import type { Notice } from "../common/notice.ts";
import type { Environment } from "../inputs/environment.ts";
import { nearest, nearestWithin } from "./nearest.ts";
import { SWITCHES, variableOf } from "./switches.ts";

const OWN = "ATTACHE_";
/** Prefixes that hardly any other program uses: shorter names may have more wrong letters. */
const RELEASES = ["POD", "PRO", "INST", "ISTIO", "ENVOY"];
/** Variables of a release that resemble those of other programs, such as HOST_IPS and GCE_ZONE. */
const COMMON: readonly string[] = ["HOST_IP", "GCP_ZONE"];
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
  if (name.startsWith("ISTIO_META") || Object.hasOwn(release, name)) return undefined;
  const isPrefixed = RELEASES.some((prefix) => name.startsWith(prefix));
  if (isPrefixed ? isServiceLink(name, environment) : SERVICE_LINK.test(name)) return undefined;
  const names = Object.keys(release).filter((each) => isPrefixed || !COMMON.includes(each));
  const meant = nearestWithin(name.length < (isPrefixed ? 10 : 16) ? 1 : 2, name, names);
  // If the correct variable is set too, this is a different one, such as INSTANCE_ID.
  return meant === undefined || environment.lookup(meant) !== undefined ? undefined : `did you mean ${meant}?`;
}

/** Reports whether Kubernetes set a variable for a service, such as ENVOY_STATS_PORT for envoy-stats: then it also set the service's host. */
function isServiceLink(name: string, { lookup }: Environment): boolean {
  const suffix = SERVICE_LINK.exec(name)?.[0];
  return suffix !== undefined && lookup(`${name.slice(0, -suffix.length)}_SERVICE_HOST`) !== undefined;
}

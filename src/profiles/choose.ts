import type { Environment } from "../inputs/environment.ts";
import { istio130 } from "./istio-1.30/profile.ts";
import type { Profile } from "./profile.ts";
import { isAtLeast, type Release, releaseIn } from "./release.ts";

/** All contracts, each with the first Istio release that follows it, oldest first; the last is the default. */
const CONTRACTS: readonly Contract[] = [
  { name: "istio-1.6", profile: istio16, from: [0, 0, 0] },
  { name: "istio-1.30", profile: istio130, from: [1, 8, 0] },
];

interface Contract {
  readonly name: string;
  /** Returns the contract of a release; without a release, the recorded one. */
  readonly profile: (release?: Release) => Profile;
  readonly from: Release;
}

/** Loads the old contract only when it is followed, which keeps other starts shorter. */
function istio16(release?: Release): Profile {
  const { istio16 }: typeof import("./istio-1.6/profile.ts") = require("./istio-1.6/profile.ts");
  return istio16(release);
}

/** Returns the names that `--profile` accepts. */
export function profileNames(): readonly string[] {
  return CONTRACTS.map(({ name }) => name);
}

/** Returns all profiles, oldest first. */
export function profiles(): readonly Profile[] {
  return CONTRACTS.map(({ profile }) => profile());
}

export interface Choice {
  readonly profile: Profile;
  /** Why it was chosen, for the log. */
  readonly reason: string;
  /** A requested name that no profile has, with the flag or variable that requests it. */
  readonly unknown?: { readonly origin: string; readonly name: string };
}

/**
 * Returns the profile of a start: --profile, else ATTACHE_PROFILE, else the contract of the first N.N in
 * ISTIO_META_ISTIO_VERSION, else the newest. An unknown name is no error.
 */
export function chooseProfile(flag: string | undefined, environment: Environment): Choice {
  const wanted = flag || environment.get("ATTACHE_PROFILE");
  const version = environment.get("ISTIO_META_ISTIO_VERSION");
  const release = releaseIn(version ?? "");
  const followed = release === undefined ? undefined : followedBy(release);
  // Test harnesses may turn an argument that is also a relative path into an absolute one, so only the last part counts.
  const named = CONTRACTS.find(({ name }) => name === wanted?.slice(wanted.lastIndexOf("/") + 1));
  const origin = flag ? "--profile" : "ATTACHE_PROFILE";
  // The patch release counts only if the image follows the named contract.
  if (named !== undefined) return { profile: named.profile(named === followed ? release : undefined), reason: `set by ${origin}` };
  const unknown = wanted ? { unknown: { origin, name: wanted } } : {};
  if (followed === undefined) return { profile: istio130(), reason: "by default", ...unknown };
  return { profile: followed.profile(release), reason: `from ISTIO_META_ISTIO_VERSION "${version}"`, ...unknown };
}

/** Returns the contract of a release: the newest that starts at it or before. */
function followedBy(release: Release): Contract | undefined {
  return CONTRACTS.findLast(({ from }) => isAtLeast(release, from));
}

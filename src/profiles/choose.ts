import type { Environment } from "../inputs/environment.ts";
import { ISTIO_1_30 } from "./istio-1.30/profile.ts";
import type { Profile } from "./profile.ts";
import { isAtLeast, type Release, releaseIn } from "./release.ts";

/** Every contract with the first release of Istio that follows it, oldest first; the last one is the default. */
const CONTRACTS: readonly Contract[] = [
  { name: "istio-1.6", profile: istio16, from: [0, 0, 0] },
  { name: ISTIO_1_30.name, profile: () => ISTIO_1_30, from: [1, 8, 0] },
];

interface Contract {
  readonly name: string;
  /** The contract as a release has it; without one, as it was recorded. */
  readonly profile: (release?: Release) => Profile;
  readonly from: Release;
}

/** The old contract is loaded for those who follow it, so that the start of all others is shorter by its length. */
function istio16(release?: Release): Profile {
  const { istio16 }: typeof import("./istio-1.6/profile.ts") = require("./istio-1.6/profile.ts");
  return istio16(release);
}

/** The names `--profile` takes. */
export function profileNames(): readonly string[] {
  return CONTRACTS.map(({ name }) => name);
}

/** Every profile, oldest first. */
export function profiles(): readonly Profile[] {
  return CONTRACTS.map(({ profile }) => profile());
}

export interface Choice {
  readonly profile: Profile;
  /** Why, for the log. */
  readonly reason: string;
  /** A name that was asked for and that no profile has, with what asked for it. */
  readonly unknown?: { readonly origin: string; readonly name: string };
}

/**
 * The profile of a start: --profile, else ATTACHE_PROFILE, else the contract of the first N.N in
 * ISTIO_META_ISTIO_VERSION, else the newest. A value never causes a refusal.
 */
export function chooseProfile(flag: string | undefined, environment: Environment): Choice {
  const wanted = flag || environment.get("ATTACHE_PROFILE");
  const version = environment.get("ISTIO_META_ISTIO_VERSION");
  const release = releaseIn(version ?? "");
  const followed = release === undefined ? undefined : followedBy(release);
  // Harnesses that make every word that is also a path absolute hand over the path of a folder named like the profile.
  const named = CONTRACTS.find(({ name }) => name === wanted?.slice(wanted.lastIndexOf("/") + 1));
  const origin = flag ? "--profile" : "ATTACHE_PROFILE";
  // What a patch changed counts for an image of the contract that is named; another image has no say.
  if (named !== undefined) return { profile: named.profile(named === followed ? release : undefined), reason: `set by ${origin}` };
  const unknown = wanted ? { unknown: { origin, name: wanted } } : {};
  if (followed === undefined) return { profile: ISTIO_1_30, reason: "by default", ...unknown };
  return { profile: followed.profile(release), reason: `from ISTIO_META_ISTIO_VERSION "${version}"`, ...unknown };
}

/** The contract of a release: the newest one that began with it or before. */
function followedBy(release: Release): Contract | undefined {
  return CONTRACTS.findLast(({ from }) => isAtLeast(release, from));
}

import type { Environment } from "../inputs/environment.ts";
import { istio130 } from "./istio-1.30/profile.ts";
import type { Profile } from "./profile.ts";
import { isAtLeast, namesPatch, type Release, releaseIn } from "./release.ts";

/** A contract, with the first Istio release that follows it. */
interface Contract {
  readonly name: string;
  readonly from: Release;
  /** What an image follows whose version has no patch number. */
  readonly withoutPatch: "first" | "recorded";
  /** Returns the contract of a release; without a release, the recorded one. */
  readonly profile: (release?: Release) => Profile;
}

/** The contract that is followed if nothing names one: not the newest (RATIONALE.md, "The default contract is that of 1.30"). */
const DEFAULT: Contract = { name: "istio-1.30", from: [1, 30, 0], withoutPatch: "recorded", profile: istio130 };

/** All contracts, oldest first. An image follows the last one that starts at its release or before. */
const CONTRACTS: readonly Contract[] = [
  { name: "istio-1.6", from: [0, 0, 0], withoutPatch: "first", profile: (release) => load16().istio16(release) },
  { name: "istio-1.28", from: [1, 8, 0], withoutPatch: "recorded", profile: (release) => load128().istio128(release) },
  { name: "istio-1.29", from: [1, 29, 0], withoutPatch: "recorded", profile: (release) => load129().istio129(release) },
  DEFAULT,
  { name: "istio-1.31", from: [1, 31, 0], withoutPatch: "recorded", profile: (release) => load131().istio131(release) },
];

// Only the default is loaded before it is known which contract is followed, which keeps other starts short.
const load16 = (): typeof import("./istio-1.6/profile.ts") => require("./istio-1.6/profile.ts");
const load128 = (): typeof import("./istio-1.28/profile.ts") => require("./istio-1.28/profile.ts");
const load129 = (): typeof import("./istio-1.29/profile.ts") => require("./istio-1.29/profile.ts");
const load131 = (): typeof import("./istio-1.31/profile.ts") => require("./istio-1.31/profile.ts");

/** The minor releases of Istio 1 whose patch releases were recorded or read. */
const KNOWN_MINORS: readonly number[] = [6, 7, 28, 29, 30, 31];

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
  /** The release of an image that follows the nearest contract, because its own is not known. */
  readonly unrecorded?: Release;
}

/**
 * Returns the profile of a start: --profile, else ATTACHE_PROFILE, else the contract of the first N.N in
 * ISTIO_META_ISTIO_VERSION, else the default. An unknown name is no error.
 */
export function chooseProfile(flag: string | undefined, environment: Environment): Choice {
  const wanted = flag || environment.get("ATTACHE_PROFILE");
  const version = environment.get("ISTIO_META_ISTIO_VERSION");
  const release = releaseIn(version ?? "");
  const followed = release === undefined ? undefined : followedBy(release);
  const isRecorded = release !== undefined && isKnown(release);
  const patch = isRecorded && (followed?.withoutPatch === "first" || namesPatch(version ?? "")) ? release : undefined;
  // Test harnesses may turn an argument that is also a relative path into an absolute one, so only the last part counts.
  const named = CONTRACTS.find(({ name }) => name === wanted?.slice(wanted.lastIndexOf("/") + 1));
  const origin = flag ? "--profile" : "ATTACHE_PROFILE";
  // The patch release counts only if the image follows the named contract.
  if (named !== undefined) return { profile: named.profile(named === followed ? patch : undefined), reason: `set by ${origin}` };
  const unknown = wanted ? { unknown: { origin, name: wanted } } : {};
  if (release === undefined || followed === undefined) return { profile: DEFAULT.profile(), reason: "by default", ...unknown };
  const unrecorded = isRecorded ? {} : { unrecorded: release };
  return { profile: followed.profile(patch), reason: `from ISTIO_META_ISTIO_VERSION "${version}"`, ...unknown, ...unrecorded };
}

/** Returns the contract of a release: the newest that starts at it or before. */
function followedBy(release: Release): Contract | undefined {
  return CONTRACTS.findLast(({ from }) => isAtLeast(release, from));
}

function isKnown([major, minor]: Release): boolean {
  return major === 1 && KNOWN_MINORS.includes(minor);
}

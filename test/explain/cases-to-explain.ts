import { type Case, fieldCases, generatedCases, namedCases, PROFILE_NAMES } from "../conformance/cases.ts";
import { LEFT_ASIDE, reasonToLeave } from "../conformance/left-aside.ts";

/** Returns the recorded cases of every release in which a proxy is started. */
export function casesToExplain(): readonly Case[] {
  return PROFILE_NAMES.flatMap((profile) => [...namedCases(profile), ...fieldCases(profile), ...generatedCases(profile)]).filter(
    (each) => each.expect.launched && each.args.includes("proxy") && reasonToLeave(LEFT_ASIDE, each) === undefined,
  );
}

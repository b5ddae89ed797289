import type { StatusCase } from "./case.ts";

/** Cases that are expected to differ from the recording, by profile and name, each with the reason. */
export const LEFT_ASIDE: readonly { readonly cases: RegExp; readonly reason: string }[] = [
  { cases: /^istio-1\.30\/debug-profil(?!ing-off$)/, reason: "pages of the Go runtime, which is not inside" },
  { cases: /\/metrics-own-runtime-families$/, reason: "metrics of the Go runtime, which is not inside" },
  { cases: /\/help-lists-commands$/, reason: "there is no istio-iptables yet" },
  { cases: /^istio-1\.6\/term-envoy-ends-early$/, reason: "an Envoy that has ended is not waited for (RATIONALE)" },
];

/** Why a case is left aside; undefined when it has to hold. */
export function reasonToLeave({ profile, name }: StatusCase): string | undefined {
  return LEFT_ASIDE.find(({ cases }) => cases.test(`${profile.replace("status/", "")}/${name}`))?.reason;
}

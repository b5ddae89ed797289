/** Cases that are expected to differ from the recording, by profile and name, each with the reason. */
export interface LeftAside {
  readonly cases: RegExp;
  readonly reason: string;
}

/** Recorded with templates in Go's language, which are refused until they can be evaluated. */
export const WAITING_FOR_GO_TEMPLATES: LeftAside = {
  cases: /\/template-with-(?:actions|functions)$/,
  reason: "templates in Go's language are refused until they can be evaluated",
};

/** Of `proxy`. */
export const LEFT_ASIDE: readonly LeftAside[] = [
  WAITING_FOR_GO_TEMPLATES,
  {
    cases: /\/metrics-service-address-deprecated$/,
    reason: "pilot-agent crashes with `envoyMetricsServiceAddress` alone, which attache ignores (RATIONALE)",
  },
];

/** Of the status port and of other commands. */
export const STATUS_LEFT_ASIDE: readonly LeftAside[] = [
  { cases: /^istio-1\.(?!6\/)\d+\/debug-profil(?!ing-off$)/, reason: "pages of the Go runtime, which is not inside" },
  { cases: /\/metrics-own-runtime-families$/, reason: "metrics of the Go runtime, which is not inside" },
  { cases: /^istio-1\.6\/term-envoy-ends-early$/, reason: "an Envoy that has ended is not waited for (RATIONALE)" },
];

/** Why a case is left aside; undefined when it has to hold. */
export function reasonToLeave(
  rows: readonly LeftAside[],
  { profile, name }: { readonly profile: string; readonly name: string },
): string | undefined {
  return rows.find(({ cases }) => cases.test(`${profile.replace("status/", "")}/${name}`))?.reason;
}

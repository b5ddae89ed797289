/** Cases that are expected to differ from the recording, by profile and name, each with the reason. */
export interface LeftAside {
  readonly cases: RegExp;
  readonly reason: string;
}

/** Recorded with Go templates with actions, which attache refuses. */
export const WAITING_FOR_GO_TEMPLATES: LeftAside = {
  cases: /\/template-with-(?:actions|functions)$/,
  reason: "Go templates with actions are not supported yet",
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
  { cases: /^istio-1\.(?!6\/)\d+\/debug-profil(?!ing-off$)/, reason: "pages of the Go runtime, which attache does not have (RATIONALE)" },
  { cases: /\/metrics-own-runtime-families$/, reason: "metrics of the Go runtime, which attache does not have (RATIONALE)" },
  {
    cases: /^istio-1\.6\/term-envoy-ends-early$/,
    reason: "pilot-agent waits for the end of the drain although Envoy has exited (RATIONALE)",
  },
];

/** Why a case is left aside; undefined when it has to hold. */
export function reasonToLeave(
  rows: readonly LeftAside[],
  { profile, name }: { readonly profile: string; readonly name: string },
): string | undefined {
  return rows.find(({ cases }) => cases.test(`${profile.replace("status/", "")}/${name}`))?.reason;
}

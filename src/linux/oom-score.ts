/** How much larger than it is the kernel shall take Envoy for: more than the agent was seen to grow by (29 MB, a hundred metrics pages at once). */
const MARGIN = 32 * 1024 * 1024;
const GREATEST_STEP = 100;
/** The kernel's own ends of the scale. */
const [EXEMPT, GREATEST] = [-1_000, 1_000];

/**
 * The `oom_score_adj` with which the kernel prefers Envoy to the agent, whose own is `current` (-1000 to 1000): one point is a
 * thousandth of the limit (in bytes) of the cgroup that is short of memory. Never lower than it was, which would take a privilege; who is exempt stays so.
 */
export function raisedOomScore(current: number, limit: number | undefined): number {
  if (current <= EXEMPT) return current;
  const step = limit === undefined ? 1 : Math.ceil((MARGIN * 1_000) / limit);
  return Math.min(GREATEST, current + Math.min(GREATEST_STEP, step));
}

/**
 * How much larger than the agent Envoy should look to the kernel: more than the agent's measured growth (29 MB, a hundred metrics pages at
 * once).
 */
const MARGIN = 32 * 1024 * 1024;
const MAX_STEP = 100;
/** The range of `oom_score_adj`; the minimum exempts a process. */
const [MIN_SCORE, MAX_SCORE] = [-1_000, 1_000];

/**
 * Returns the `oom_score_adj` that makes the kernel kill Envoy before the agent, whose own score is `current` (-1000 to 1000). One point is
 * a thousandth of the cgroup's limit in bytes. Never lower than `current`, which would require a privilege; an exempt process stays exempt.
 */
export function raisedOomScore(current: number, limit: number | undefined): number {
  if (current <= MIN_SCORE) return current;
  const step = limit === undefined ? 1 : Math.ceil((MARGIN * 1_000) / limit);
  return Math.min(MAX_SCORE, current + Math.min(MAX_STEP, step));
}

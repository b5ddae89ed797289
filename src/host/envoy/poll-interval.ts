/** Milliseconds between two polls, by the time since polling began. */
const URGENT = [
  { until: 20_000, pause: 100 },
  { until: Number.POSITIVE_INFINITY, pause: 2_000 },
];
/** An Envoy without a control plane may never become live: polling it must cost nothing after a while. */
const PATIENT = [
  { until: 5_000, pause: 100 },
  { until: 20_000, pause: 1_000 },
  { until: Number.POSITIVE_INFINITY, pause: 60_000 },
];

/** Returns the milliseconds until the next poll of liveness or readiness; `isUrgent`: something waits for the answer. */
export function pollInterval(age: number, isUrgent: boolean): number {
  return (isUrgent ? URGENT : PATIENT).find(({ until }) => age < until)?.pause ?? 0;
}

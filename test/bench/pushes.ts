/** Changes of one route: each is a message with all routes of 2,001 services, which Envoy accepts before the next one. */
export const PUSHES = 40;
/** Bytes of such a message. */
export const SIZE = 1_023_681;
/** Milliseconds that Envoy needs for it, and then the control plane of the tests for the next one: what imitates these pushes keeps to their pace. */
export const ANSWER_AFTER = 80;
export const NEXT_AFTER = 100;

/** Changes of one route: each is a message with all routes of 2,001 services, which Envoy accepts before the next one. */
export const PUSHES = 40;
/** Bytes of such a message. */
export const SIZE = 1_023_681;
/** Milliseconds that Envoy needs for it, and then the control plane of the tests for the next one: what imitates these pushes keeps to their pace. */
export const ANSWER_AFTER = 80;
export const NEXT_AFTER = 100;
/** Bytes of the content of a DATA frame, of its head, and of the prefix of a gRPC message. */
export const FRAME_SIZE = 16_384;
export const FRAME_HEAD = 9;
export const MESSAGE_HEAD = 5;

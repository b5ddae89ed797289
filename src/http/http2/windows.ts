/** The window of a new connection, and of its streams unless set otherwise (RFC 9113 §6.9.2). */
export const DEFAULT_WINDOW = 65_535;
export const MAX_WINDOW = 2 ** 31 - 1;

/** What a peer may send, on a connection or on a stream. */
export interface ReceiveWindow {
  readonly size: number;
  /** Bytes that it may send now. */
  left: number;
  /** Bytes that were passed on, and that it may send again as soon as it is informed. */
  passed: number;
}

/** Opens a window. */
export function receiveWindow(size: number): ReceiveWindow {
  return { size, left: size, passed: 0 };
}

/** Counts received bytes. Returns whether the window had room for them. */
export function takeFromWindow(window: ReceiveWindow, bytes: number): boolean {
  window.left -= bytes;
  return window.left >= 0;
}

/** Counts bytes that were passed on. Returns whether it is now time to inform the peer: when it is half a window. */
export function passOn(window: ReceiveWindow, bytes: number): boolean {
  const half = window.size / 2;
  const before = window.passed;
  window.passed += bytes;
  return before < half && window.passed >= half;
}

/** Opens the window by what was passed on. Returns how much to announce to the peer. */
export function reopen(window: ReceiveWindow): number {
  const { passed } = window;
  window.passed = 0;
  window.left += passed;
  return passed;
}

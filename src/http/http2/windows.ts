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

/** Counts bytes that were passed on. Returns how many to announce to the peer: none until it is half a window. */
export function passOn(window: ReceiveWindow, bytes: number): number {
  window.passed += bytes;
  if (window.passed * 2 < window.size) return 0;
  const announced = window.passed;
  window.passed = 0;
  window.left += announced;
  return announced;
}

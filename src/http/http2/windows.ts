/** The window of a new connection, and of its streams unless set otherwise (RFC 9113 §6.9.2). */
export const DEFAULT_WINDOW = 65_535;
export const MAX_WINDOW = 2 ** 31 - 1;

/** What a peer may send, on a connection or on a stream. */
export interface ReceiveWindow {
  readonly size: number;
  /** Bytes that it may send now. */
  left: number;
  /** Bytes that were consumed, and that it may send again as soon as it is informed. */
  consumed: number;
}

/** Opens a window. */
export function receiveWindow(size: number): ReceiveWindow {
  return { size, left: size, consumed: 0 };
}

/** Counts received bytes. Returns whether the window had room for them. */
export function takeFromWindow(window: ReceiveWindow, bytes: number): boolean {
  window.left -= bytes;
  return window.left >= 0;
}

/** Counts bytes that were consumed. Returns whether it is now time to inform the peer: when it is half a window. */
export function consume(window: ReceiveWindow, bytes: number): boolean {
  const half = window.size / 2;
  const before = window.consumed;
  window.consumed += bytes;
  return before < half && window.consumed >= half;
}

/** Opens the window by what was consumed. Returns how much to announce to the peer. */
export function reopen(window: ReceiveWindow): number {
  const { consumed } = window;
  window.consumed = 0;
  window.left += consumed;
  return consumed;
}

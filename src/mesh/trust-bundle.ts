/** The trust bundle of the control plane (PCDS): the xDS proxy receives it, the certificates contain it. */
export interface TrustBundle {
  /** Certificates as PEM. */
  readonly set: (roots: readonly string[]) => void;
  /** Calls back with each bundle, and at once with the last one. */
  readonly onSet: (received: (roots: readonly string[]) => void) => void;
}

/** Passes trust bundles from the service that receives them to the one that serves them, in whichever order both are opened. */
export function trustBundle(): TrustBundle {
  let last: readonly string[] | undefined;
  let listener: ((roots: readonly string[]) => void) | undefined;
  return {
    set(roots) {
      last = roots;
      listener?.(roots);
    },
    onSet(received) {
      listener = received;
      if (last !== undefined) received(last);
    },
  };
}

/** What a secret of SDS contains, before it is encoded. */
export type Secret = (
  | { readonly kind: "certificate"; readonly chain: Uint8Array; readonly key: Uint8Array }
  | { readonly kind: "validation"; readonly roots: Uint8Array }
) & {
  /** How many changes of its file are in it; absent before the first, and if it is not from a file. */
  readonly version?: number;
};

/** Is called with the name of a secret that has changed. A change of its file has the version of the secret that contains it. */
export type ChangeListener = (name: string, version?: number) => void;

/** Gets secrets by their names in SDS, and reports each that has changed. */
export interface SecretStore {
  /** Returns a secret; waits for one that is being made. @throws SecretError */
  readonly get: (name: string) => Promise<Secret>;
  /** Calls back with each change of a secret. Returns what ends this. */
  readonly onChange: (changed: ChangeListener) => () => void;
  /** Adds the trust bundle that the control plane has sent (PCDS): certificates as PEM. An identical one changes nothing. */
  readonly setBundle: (roots: readonly string[]) => void;
  /** Returns why there is no certificate yet, if none has been obtained and the last attempt has failed. */
  readonly reason: () => string | undefined;
}

/** Why a secret cannot be had: the cause, which the text of the gRPC status has after `failed to generate secret for <name>: `. */
export class SecretError extends Error {
  override readonly name = "SecretError";
}

import type { Setting } from "../mesh/lab/control-plane.ts";

/** How Envoy's xDS stream gets to the control plane. */
export interface Mode {
  readonly name: "direct" | "agent";
  readonly words: readonly string[];
  /** Whom the control plane trusts: a certificate of the client, or its token. */
  readonly planeTls: NonNullable<Setting["tls"]>;
}

export const MODES: readonly Mode[] = [{ name: "direct", words: ["--xds", "direct"], planeTls: "mutual" }];

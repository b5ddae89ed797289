import type { Setting } from "../mesh/lab/control-plane.ts";

/** How Envoy's xDS stream gets to the control plane. */
export interface Mode {
  readonly name: "direct" | "agent";
  /** Arguments of `proxy`. */
  readonly arguments: readonly string[];
  /** Whom the control plane trusts: a certificate of the client, or its token. */
  readonly planeTls: NonNullable<Setting["tls"]>;
}

/** The default. */
export const AGENT: Mode = { name: "agent", arguments: [], planeTls: "server" };
export const MODES: readonly Mode[] = [{ name: "direct", arguments: ["--xds", "direct"], planeTls: "mutual" }, AGENT];

/** Whether scenarios run at their full length, and each of them in every mode. */
export const IS_LONG = Boolean(process.env["ATTACHE_ALL_CASES"]);

/** Seconds that certificates are valid for, and settings by which they are replaced every two seconds, long before: a machine may be busy. */
export const LIFETIME = 20;
export const PERIOD = 2;
export const EVERY_PERIOD = { SECRET_GRACE_PERIOD_RATIO: String(1 - PERIOD / LIFETIME) };

/** The modes for scenarios that differ in little but the way of the xDS stream. */
export const MAIN_MODES: readonly Mode[] = IS_LONG ? MODES : [AGENT];

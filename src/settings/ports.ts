/** The default ports of a mesh, the same in all releases (contract 1.6 §5.1, §7.5, 1.30 §2, §5.1). */
export const PORT = {
  /** Envoy's admin interface. */
  admin: 15000,
  /** The control plane, in plain text and over TLS. */
  plaintextXds: 15010,
  tlsXds: 15012,
  /** The agent's own status server. */
  status: 15020,
  /** Envoy's listener for readiness. */
  ready: 15021,
  /** Envoy's listener for its metrics. */
  metrics: 15090,
} as const;

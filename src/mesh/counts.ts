/**
 * What the mesh services have counted, for the agent's metrics (contract 1.30 §10.3). One record for all of them: each service changes its
 * own members, the metrics page reads all.
 */
export interface MeshCounts {
  /** Certificate requests to the CA (`request_type="csr"`): how many, how many failed, their retries, and all their time in milliseconds. */
  outgoingRequests: number;
  failedOutgoingRequests: number;
  outgoingRetries: number;
  outgoingLatency: number;
  fileWatcherFailures: number;
  fileSecretFailures: number;
  /** When the certificate in use expires, in milliseconds since 1970; undefined before the first one. */
  certificateExpiry: number | undefined;
  /** xDS: streams to the control plane that could not be opened; ends of streams on either side; messages that came from Envoy and from the control plane. */
  istiodConnectionFailures: number;
  readonly istiodTerminations: Terminations;
  readonly envoyTerminations: Terminations;
  xdsRequests: number;
  xdsResponses: number;
}

/** Ends of streams: those that were to be expected, and others. */
export interface Terminations {
  cancelled: number;
  error: number;
}

/** Starts counting at zero. */
export function startCounts(): MeshCounts {
  return {
    outgoingRequests: 0,
    failedOutgoingRequests: 0,
    outgoingRetries: 0,
    outgoingLatency: 0,
    fileWatcherFailures: 0,
    fileSecretFailures: 0,
    certificateExpiry: undefined,
    istiodConnectionFailures: 0,
    istiodTerminations: { cancelled: 0, error: 0 },
    envoyTerminations: { cancelled: 0, error: 0 },
    xdsRequests: 0,
    xdsResponses: 0,
  };
}

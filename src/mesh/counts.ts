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
  };
}

/** Where Linux distributions have a file of root certificates, as Go knows them. */
export const GO_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/tls/cacert.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** Where pilot-agent looks for the file of the secret `file-root:system`: the first that exists counts. */
export const SYSTEM_BUNDLES = [...GO_BUNDLES, "/usr/local/etc/ssl/cert.pem", "/etc/ssl/certs/ca-certificates"];

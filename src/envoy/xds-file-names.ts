/** The files with Envoy's resources in the directory of `--xds file:DIR`, as the bootstrap templates name them. */
export const XDS_FILE_NAMES = ["clusters.yaml", "listeners.yaml"] as const;

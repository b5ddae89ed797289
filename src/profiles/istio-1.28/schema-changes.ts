// Written by `npm run schemas` from the proto files of istio.io/api v1.28.0, and not to be changed by hand.
// sha256 of what follows: 125b04c2afd364699a54d9f22fb68262b9467d06e0e576964254715953fd124a

import type { SchemaChanges } from "../../settings/changed-schema.ts";

/** What ProxyConfig has otherwise than that of the release it is based on. */
export const PROXY_CONFIG_CHANGES = {
  fileFlushInterval: undefined,
  fileFlushMinSizeKb: undefined,
  statsCompression: undefined,
} as const satisfies SchemaChanges;

/** What the mesh config, but for its defaultConfig, has otherwise than that of the release it is based on. */
export const MESH_CHANGES = {
  hboneIdleTimeout: undefined,
  "extensionProviders.zipkin.timeout": undefined,
  "extensionProviders.zipkin.headers": undefined,
} as const satisfies SchemaChanges;

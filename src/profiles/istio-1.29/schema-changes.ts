// Written by `npm run schemas` from the proto files of istio.io/api v1.29.6, and not to be changed by hand.
// sha256 of what follows: 51b25ae86c1558532806e25bbccf0425872ff9ac96c8b5d3ca19087972dfb59d

import type { SchemaChanges } from "../../settings/changed-schema.ts";
import { enumOf } from "../../settings/schema.ts";

/** What ProxyConfig has otherwise than that of the release it is based on. */
export const PROXY_CONFIG_CHANGES = {} as const satisfies SchemaChanges;

/** What the mesh config, but for its defaultConfig, has otherwise than that of the release it is based on. */
export const MESH_CHANGES = {
  "outboundTrafficPolicy.mode": enumOf("istio.mesh.v1alpha1.MeshConfig.OutboundTrafficPolicy.Mode", "REGISTRY_ONLY", "ALLOW_ANY"),
  "outboundTrafficPolicy.tls": undefined,
  "extensionProviders.opentelemetry.serviceAttributeEnrichment": undefined,
} as const satisfies SchemaChanges;

import { SECOND } from "../../go/duration.ts";
import { sinkProblems } from "../../settings/checks.ts";
import type { Layer, Layered } from "../../settings/layer.ts";
import { commonMeshProblems, decodeMesh, meshConfig } from "../../settings/mesh-file.ts";
import type { MessageOf } from "../../settings/message-of.ts";
import type { MessageSchema } from "../../settings/schema.ts";
import { MESH_SCHEMA } from "./mesh-schema.ts";

/** The mesh config of release 1.6 (contract 1.6 §5.6). */
export const MESH_CONFIG = meshConfig({
  schema: MESH_SCHEMA,
  defaults: { proxyListenPort: 15001, connectTimeout: 10_000_000_000n, protocolDetectionTimeout: 100_000_000n },
  problems: (mesh) => [
    ...commonMeshProblems(mesh, { connectLimit: 30n * SECOND, isInvalidFailover: (_, to) => to.includes("*") }),
    ...sinkProblems("mixerCheckServer", mesh.mixerCheckServer, "Policy Check Server"),
    ...sinkProblems("mixerReportServer", mesh.mixerReportServer, "Telemetry Server"),
  ],
});

/** Decodes a mesh config of release 1.6 without its `defaultConfig` and returns its problems (contract 1.6 §5.6). */
export function meshProblems(document: unknown, layer: Layer, proxyConfig: MessageSchema): Layered<MessageOf<typeof MESH_SCHEMA>> {
  return decodeMesh(MESH_CONFIG, document, layer, proxyConfig);
}

import { SECOND } from "../../go/duration.ts";
import { isDnsLabel, type Problem } from "../../settings/checks.ts";
import type { Layer, Layered } from "../../settings/layer.ts";
import { type CommonMesh, commonMeshProblems, decodeMesh, type MeshConfig } from "../../settings/mesh-file.ts";
import type { MessageOf } from "../../settings/message-of.ts";
import type { MessageSchema } from "../../settings/schema.ts";
import { MESH_SCHEMA } from "./mesh-schema.ts";

/** The fields of which rules are checked; every release has them. */
export interface CheckedSchema {
  readonly fields: Pick<(typeof MESH_SCHEMA)["fields"], keyof CommonMesh | "trustDomain" | "trustDomainAliases" | "meshMTLS" | "mesh_mTLS">;
}

/** The mesh config of release 1.30 (contract 1.30 §5.2). */
export const MESH_CONFIG: MeshConfig<CheckedSchema> = {
  schema: MESH_SCHEMA,
  defaults: {
    proxyListenPort: 15001,
    connectTimeout: 10_000_000_000n,
    localityLbSetting: { enabled: true },
    trustDomain: "cluster.local",
  },
  problems: (mesh) => [
    ...commonMeshProblems(mesh, { connectLimit: 3600n * SECOND, isInvalidFailover: (from, to) => /[/*]/.test(from + to) }),
    ...trustDomainProblems(mesh),
    ...curveProblems(mesh),
  ],
};

type Mesh = MessageOf<CheckedSchema>;
type MeshProblem = Problem<keyof CommonMesh | "trustDomain" | "trustDomainAliases" | "meshMTLS.ecdhCurves" | "mesh_mTLS.ecdhCurves">;

function trustDomainProblems({ trustDomain = "", trustDomainAliases = [] }: Mesh): readonly MeshProblem[] {
  const domains = [["trustDomain", trustDomain] as const, ...trustDomainAliases.map((alias) => ["trustDomainAliases", alias] as const)];
  return domains
    .filter(([, domain]) => !isTrustDomain(domain))
    .map(([field, domain]) => ({ field, text: `invalid trust domain "${domain}" in ${field}`, showsValue: field === "trustDomain" }));
}

/** Reports whether a domain consists of DNS labels, with an optional dot at the end. */
function isTrustDomain(domain: string): boolean {
  return domain
    .replace(/(?<=.)\.$/, "")
    .split(".")
    .every(isDnsLabel);
}

function curveProblems(mesh: Mesh): readonly MeshProblem[] {
  const field = (["meshMTLS", "mesh_mTLS"] as const).find((each) => (mesh[each]?.ecdhCurves ?? []).length > 0);
  return field === undefined ? [] : [{ field: `${field}.ecdhCurves` as const, text: "meshMTLS does not support ecdhCurves" }];
}

/** Decodes a mesh config without its `defaultConfig` and returns its problems (contract 1.30 §5.2). `changed`: returns the schema of the release from that of 1.30. */
export function meshProblems(
  document: unknown,
  layer: Layer,
  proxyConfig: MessageSchema,
  changed: (base: typeof MESH_SCHEMA) => CheckedSchema = (base) => base,
): Layered<Mesh> {
  return decodeMesh({ ...MESH_CONFIG, schema: changed(MESH_SCHEMA) }, document, layer, proxyConfig);
}

const PREFIX = "type.googleapis.com/";

/** The type URLs of resources that the xDS proxy looks at (contract 1.30 §13c). */
export const XDS_TYPE = {
  cluster: `${PREFIX}envoy.config.cluster.v3.Cluster`,
  listener: `${PREFIX}envoy.config.listener.v3.Listener`,
  extensionConfig: `${PREFIX}envoy.config.core.v3.TypedExtensionConfig`,
  nameTable: `${PREFIX}istio.networking.nds.v1.NameTable`,
  proxyConfig: `${PREFIX}istio.mesh.v1alpha1.ProxyConfig`,
  health: `${PREFIX}istio.v1.HealthInformation`,
} as const;

/** Reports whether Envoy gets resources of a type. */
export function isForEnvoy(typeUrl: string): boolean {
  return typeUrl.startsWith(`${PREFIX}envoy.`) || typeUrl === `${PREFIX}istio.workload.Workload`;
}

/** Returns the name of a type for messages: the last part of its URL. */
export function shortType(typeUrl: string): string {
  return typeUrl.slice(Math.max(typeUrl.lastIndexOf("."), typeUrl.lastIndexOf("/")) + 1);
}

// Written by `npm run schemas` from the proto files of istio.io/api v1.31.0, and not to be changed by hand.
// sha256 of what follows: 81778a4ca65111acc199f68e00cf7b84436cdaa7897b0bc2fce6efe246b36da5

import type { SchemaChanges } from "../../settings/changed-schema.ts";
import { BOOL_VALUE, enumOf, message, TEXT_MAP, TEXTS } from "../../settings/schema.ts";

/** What ProxyConfig has otherwise than that of the release it is based on. */
export const PROXY_CONFIG_CHANGES = {
  connectionSettings: message(() => ({
    fields: {
      profile: enumOf("istio.mesh.v1alpha1.ProxyConfig.ConnectionSettings.Profile", "SIDECAR", "EDGE"),
      listenerPerConnectionBufferLimitBytes: { wrapper: "int32" },
      clusterPerConnectionBufferLimitBytes: { wrapper: "int32" },
      httpIdleTimeout: "duration",
      httpMaxConnectionDuration: "duration",
      httpDrainTimeout: "duration",
      httpRequestTimeout: "duration",
      httpRequestHeadersTimeout: "duration",
      httpStreamIdleTimeout: "duration",
      httpMaxStreamDuration: "duration",
      httpMaxConcurrentStreams: { wrapper: "int32" },
      http2InitialStreamWindowSize: { wrapper: "int32" },
      http2InitialConnectionWindowSize: { wrapper: "int32" },
      httpHeadersWithUnderscoresAction: enumOf(
        "istio.mesh.v1alpha1.ProxyConfig.ConnectionSettings.HeadersWithUnderscoresAction",
        "HEADERS_WITH_UNDERSCORES_UNSPECIFIED",
        "HEADERS_WITH_UNDERSCORES_ALLOW",
        "HEADERS_WITH_UNDERSCORES_REJECT_REQUEST",
        "HEADERS_WITH_UNDERSCORES_DROP_HEADER",
      ),
      httpMergeSlashes: BOOL_VALUE,
      httpPathWithEscapedSlashesAction: enumOf(
        "istio.mesh.v1alpha1.ProxyConfig.ConnectionSettings.PathWithEscapedSlashesAction",
        "PATH_WITH_ESCAPED_SLASHES_UNSPECIFIED",
        "KEEP_UNCHANGED",
        "REJECT_REQUEST",
        "UNESCAPE_AND_REDIRECT",
        "UNESCAPE_AND_FORWARD",
      ),
      listenerConnectionLimit: { wrapper: "int32" },
      globalDownstreamConnectionLimit: { wrapper: "int32" },
    },
  })),
} as const satisfies SchemaChanges;

/** What the mesh config, but for its defaultConfig, has otherwise than that of the release it is based on. */
export const MESH_CHANGES = {
  zoneAwareLbSetting: message(() => ({
    fields: {
      enabled: BOOL_VALUE,
      failover: {
        list: message(() => ({
          fields: {
            from: "string",
            to: "string",
          },
        })),
      },
      failoverPriority: TEXTS,
      minClusterSize: { wrapper: "uint32" },
    },
  })),
  defaultTrafficPolicy: message(() => ({
    fields: {
      connectionPool: message(() => ({
        fields: {
          tcp: message(() => ({
            fields: {
              maxConnections: "int32",
              connectTimeout: "duration",
              tcpKeepalive: message(() => ({
                fields: {
                  probes: "uint32",
                  time: "duration",
                  interval: "duration",
                },
              })),
              maxConnectionDuration: "duration",
              idleTimeout: "duration",
            },
          })),
          http: message(() => ({
            fields: {
              http1MaxPendingRequests: "int32",
              http2MaxRequests: "int32",
              maxRequestsPerConnection: "int32",
              maxRetries: "int32",
              idleTimeout: "duration",
              h2UpgradePolicy: enumOf(
                "istio.networking.v1alpha3.ConnectionPoolSettings.HTTPSettings.H2UpgradePolicy",
                "DEFAULT",
                "DO_NOT_UPGRADE",
                "UPGRADE",
              ),
              useClientProtocol: "bool",
              maxConcurrentStreams: "int32",
              http2KeepAlive: message(() => ({
                fields: {
                  interval: "duration",
                  timeout: "duration",
                },
              })),
            },
          })),
        },
      })),
      outlierDetection: message(() => ({
        fields: {
          consecutiveErrors: "int32",
          splitExternalLocalOriginErrors: "bool",
          consecutiveLocalOriginFailures: { wrapper: "uint32" },
          consecutiveGatewayErrors: { wrapper: "uint32" },
          consecutive5xxErrors: { wrapper: "uint32" },
          consecutive_5xx_errors: { wrapper: "uint32" },
          interval: "duration",
          baseEjectionTime: "duration",
          maxEjectionPercent: "int32",
          minHealthPercent: "int32",
          outlierDetectionHttpErrorCodes: { list: "uint32" },
        },
      })),
    },
  })),
  serviceEntryVisibility: message(() => ({
    fields: {
      defaultVisibility: enumOf(
        "istio.mesh.v1alpha1.ServiceEntryVisibility.Visibility",
        "VISIBILITY_UNSPECIFIED",
        "NONE",
        "NAMESPACE",
        "PUBLIC",
      ),
      applyToSidecars: "bool",
      policies: {
        list: message(() => ({
          fields: {
            visibility: enumOf(
              "istio.mesh.v1alpha1.ServiceEntryVisibility.Visibility",
              "VISIBILITY_UNSPECIFIED",
              "NONE",
              "NAMESPACE",
              "PUBLIC",
            ),
            matchingRules: {
              list: message(() => ({
                fields: {
                  namespaceSelector: message(() => ({
                    fields: {
                      matchLabels: TEXT_MAP,
                      matchExpressions: {
                        list: message(() => ({
                          fields: {
                            key: "string",
                            operator: "string",
                            values: TEXTS,
                          },
                        })),
                      },
                    },
                  })),
                },
              })),
            },
          },
        })),
      },
    },
  })),
} as const satisfies SchemaChanges;

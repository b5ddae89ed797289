// Written by `npm run schemas` from the proto files of istio.io/api v1.30.3-0.20260710004328-2e43f07b30b6, and not to be changed by hand.
// sha256 of what follows: 3ffbed68fcb2ad31ab2b72fc0a3b67b722a1d4f28cf91dc2db427128d8bd209a

import { BOOL_VALUE, enumOf, type MessageSchema, message, TEXT_MAP, TEXTS } from "../../settings/schema.ts";
import { CLIENT_TLS_SETTINGS, TCP_KEEPALIVE } from "./proxy-config-schema.ts";

const LABEL_SELECTOR = () =>
  ({
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
  }) as const satisfies MessageSchema;

const ENVOY_EXTERNAL_AUTHORIZATION_REQUEST_BODY = () =>
  ({
    fields: {
      maxRequestBytes: "uint32",
      allowPartialMessage: "bool",
      packAsBytes: "bool",
    },
  }) as const satisfies MessageSchema;

const HTTP_HEADER = () =>
  ({
    fields: {
      name: "string",
      value: "string",
      envName: "string",
    },
    oneofs: [["value", "envName"]],
  }) as const satisfies MessageSchema;

const HTTP_SERVICE = () =>
  ({
    fields: {
      path: "string",
      timeout: "duration",
      headers: { list: message(HTTP_HEADER) },
    },
  }) as const satisfies MessageSchema;

const TLS_CONFIG = () =>
  ({
    fields: {
      minProtocolVersion: enumOf("istio.mesh.v1alpha1.MeshConfig.TLSConfig.TLSProtocol", "TLS_AUTO", "TLSV1_2", "TLSV1_3"),
      ecdhCurves: TEXTS,
      cipherSuites: TEXTS,
    },
  }) as const satisfies MessageSchema;

/** The mesh config as the release publishes it, but for its defaultConfig. */
export const MESH_SCHEMA = {
  fields: {
    proxyListenPort: "int32",
    proxyInboundListenPort: "int32",
    proxyHttpPort: "int32",
    connectTimeout: "duration",
    hboneIdleTimeout: "duration",
    protocolDetectionTimeout: "duration",
    tcpKeepalive: message(TCP_KEEPALIVE),
    ingressClass: "string",
    ingressService: "string",
    ingressControllerMode: enumOf("istio.mesh.v1alpha1.MeshConfig.IngressControllerMode", "UNSPECIFIED", "OFF", "DEFAULT", "STRICT"),
    ingressSelector: "string",
    enableTracing: "bool",
    accessLogFile: "string",
    accessLogFormat: "string",
    accessLogEncoding: enumOf("istio.mesh.v1alpha1.MeshConfig.AccessLogEncoding", "TEXT", "JSON"),
    enableEnvoyAccessLogService: "bool",
    disableEnvoyListenerLog: "bool",
    outboundTrafficPolicy: message(() => ({
      fields: {
        mode: {
          enum: "istio.mesh.v1alpha1.MeshConfig.OutboundTrafficPolicy.Mode",
          names: ["REGISTRY_ONLY", "ALLOW_ANY", "ALLOW_ANY_DYNAMIC_DNS"],
          numbers: [0, 1, 3],
        } as const,
        tls: message(CLIENT_TLS_SETTINGS),
      },
    })),
    inboundTrafficPolicy: message(() => ({
      fields: {
        mode: enumOf("istio.mesh.v1alpha1.MeshConfig.InboundTrafficPolicy.Mode", "PASSTHROUGH", "LOCALHOST"),
      },
    })),
    configSources: {
      list: message(() => ({
        fields: {
          address: "string",
          tlsSettings: message(CLIENT_TLS_SETTINGS),
          subscribedResources: { list: enumOf("istio.mesh.v1alpha1.Resource", "SERVICE_REGISTRY") },
        },
      })),
    },
    enableAutoMtls: BOOL_VALUE,
    trustDomain: "string",
    trustDomainAliases: TEXTS,
    caCertificates: {
      list: message(() => ({
        fields: {
          pem: "string",
          spiffeBundleUrl: "string",
          certSigners: TEXTS,
          trustDomains: TEXTS,
        },
        oneofs: [["pem", "spiffeBundleUrl"]],
      })),
    },
    defaultServiceExportTo: TEXTS,
    defaultVirtualServiceExportTo: TEXTS,
    defaultDestinationRuleExportTo: TEXTS,
    rootNamespace: "string",
    localityLbSetting: message(() => ({
      fields: {
        distribute: {
          list: message(() => ({
            fields: {
              from: "string",
              to: { map: "uint32" },
            },
          })),
        },
        failover: {
          list: message(() => ({
            fields: {
              from: "string",
              to: "string",
            },
          })),
        },
        failoverPriority: TEXTS,
        enabled: BOOL_VALUE,
      },
    })),
    dnsRefreshRate: "duration",
    h2UpgradePolicy: enumOf("istio.mesh.v1alpha1.MeshConfig.H2UpgradePolicy", "DO_NOT_UPGRADE", "UPGRADE"),
    inboundClusterStatName: "string",
    outboundClusterStatName: "string",
    certificates: {
      list: message(() => ({
        fields: {
          secretName: "string",
          dnsNames: TEXTS,
        },
      })),
    },
    serviceSettings: {
      list: message(() => ({
        fields: {
          settings: message(() => ({
            fields: {
              clusterLocal: "bool",
            },
          })),
          hosts: TEXTS,
        },
      })),
    },
    serviceScopeConfigs: {
      list: message(() => ({
        fields: {
          namespaceSelector: message(LABEL_SELECTOR),
          servicesSelector: message(LABEL_SELECTOR),
          scope: enumOf("istio.mesh.v1alpha1.MeshConfig.ServiceScopeConfigs.Scope", "LOCAL", "GLOBAL"),
        },
      })),
    },
    enablePrometheusMerge: BOOL_VALUE,
    verifyCertificateAtClient: BOOL_VALUE,
    ca: message(() => ({
      fields: {
        address: "string",
        tlsSettings: message(CLIENT_TLS_SETTINGS),
        requestTimeout: "duration",
        istiodSide: "bool",
      },
    })),
    extensionProviders: {
      list: message(() => ({
        fields: {
          name: "string",
          envoyExtAuthzHttp: message(() => ({
            fields: {
              service: "string",
              port: "uint32",
              timeout: "duration",
              pathPrefix: "string",
              failOpen: "bool",
              clearRouteCache: "bool",
              statusOnError: "string",
              includeHeadersInCheck: TEXTS,
              includeRequestHeadersInCheck: TEXTS,
              includeAdditionalHeadersInCheck: TEXT_MAP,
              includeRequestBodyInCheck: message(ENVOY_EXTERNAL_AUTHORIZATION_REQUEST_BODY),
              headersToUpstreamOnAllow: TEXTS,
              headersToDownstreamOnDeny: TEXTS,
              headersToDownstreamOnAllow: TEXTS,
            },
          })),
          envoyExtAuthzGrpc: message(() => ({
            fields: {
              service: "string",
              port: "uint32",
              timeout: "duration",
              failOpen: "bool",
              clearRouteCache: "bool",
              statusOnError: "string",
              includeRequestBodyInCheck: message(ENVOY_EXTERNAL_AUTHORIZATION_REQUEST_BODY),
            },
          })),
          zipkin: message(() => ({
            fields: {
              service: "string",
              port: "uint32",
              maxTagLength: "uint32",
              enable64bitTraceId: "bool",
              enable_64bit_trace_id: "bool",
              path: "string",
              traceContextOption: enumOf(
                "istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.ZipkinTracingProvider.TraceContextOption",
                "USE_B3",
                "USE_B3_WITH_W3C_PROPAGATION",
              ),
              timeout: "duration",
              headers: { list: message(HTTP_HEADER) },
            },
          })),
          lightstep: message(() => ({
            fields: {
              service: "string",
              port: "uint32",
              accessToken: "string",
              maxTagLength: "uint32",
            },
          })),
          datadog: message(() => ({
            fields: {
              service: "string",
              port: "uint32",
              maxTagLength: "uint32",
            },
          })),
          stackdriver: message(() => ({
            fields: {
              debug: "bool",
              maxNumberOfAttributes: { wrapper: "int64" },
              maxNumberOfAnnotations: { wrapper: "int64" },
              maxNumberOfMessageEvents: { wrapper: "int64" },
              maxTagLength: "uint32",
              logging: message(() => ({
                fields: {
                  labels: TEXT_MAP,
                },
              })),
            },
          })),
          opencensus: message(() => ({
            fields: {
              service: "string",
              port: "uint32",
              context: {
                list: enumOf(
                  "istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.OpenCensusAgentTracingProvider.TraceContext",
                  "UNSPECIFIED",
                  "W3C_TRACE_CONTEXT",
                  "GRPC_BIN",
                  "CLOUD_TRACE_CONTEXT",
                  "B3",
                ),
              },
              maxTagLength: "uint32",
            },
          })),
          skywalking: message(() => ({
            fields: {
              service: "string",
              port: "uint32",
              accessToken: "string",
            },
          })),
          opentelemetry: message(() => ({
            fields: {
              service: "string",
              port: "uint32",
              maxTagLength: "uint32",
              http: message(HTTP_SERVICE),
              grpc: message(() => ({
                fields: {
                  timeout: "duration",
                  initialMetadata: { list: message(HTTP_HEADER) },
                },
              })),
              resourceDetectors: message(() => ({
                fields: {
                  environment: message(() => ({ fields: {} })),
                  dynatrace: message(() => ({ fields: {} })),
                },
              })),
              serviceAttributeEnrichment: enumOf(
                "istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.ServiceAttributeEnrichment",
                "ISTIO_CANONICAL",
                "OTEL_SEMANTIC_CONVENTIONS",
              ),
              dynatraceSampler: message(() => ({
                fields: {
                  tenant: "string",
                  clusterId: "int32",
                  rootSpansPerMinute: "uint32",
                  httpService: message(() => ({
                    fields: {
                      service: "string",
                      port: "uint32",
                      http: message(HTTP_SERVICE),
                    },
                  })),
                },
              })),
            },
          })),
          prometheus: message(() => ({ fields: {} })),
          envoyFileAccessLog: message(() => ({
            fields: {
              path: "string",
              logFormat: message(() => ({
                fields: {
                  text: "string",
                  labels: "struct",
                },
                oneofs: [["text", "labels"]],
              })),
              omitEmptyValues: "bool",
            },
          })),
          envoyHttpAls: message(() => ({
            fields: {
              service: "string",
              port: "uint32",
              logName: "string",
              filterStateObjectsToLog: TEXTS,
              additionalRequestHeadersToLog: TEXTS,
              additionalResponseHeadersToLog: TEXTS,
              additionalResponseTrailersToLog: TEXTS,
            },
          })),
          envoyTcpAls: message(() => ({
            fields: {
              service: "string",
              port: "uint32",
              logName: "string",
              filterStateObjectsToLog: TEXTS,
            },
          })),
          envoyOtelAls: message(() => ({
            fields: {
              service: "string",
              port: "uint32",
              logName: "string",
              logFormat: message(() => ({
                fields: {
                  text: "string",
                  labels: "struct",
                },
              })),
            },
          })),
          sds: message(() => ({
            fields: {
              name: "string",
              service: "string",
              port: "uint32",
            },
          })),
        },
        oneofs: [
          [
            "envoyExtAuthzHttp",
            "envoyExtAuthzGrpc",
            "zipkin",
            "lightstep",
            "datadog",
            "stackdriver",
            "opencensus",
            "skywalking",
            "opentelemetry",
            "prometheus",
            "envoyFileAccessLog",
            "envoyHttpAls",
            "envoyTcpAls",
            "envoyOtelAls",
            "sds",
          ],
        ],
      })),
    },
    defaultProviders: message(() => ({
      fields: {
        tracing: TEXTS,
        metrics: TEXTS,
        accessLogging: TEXTS,
      },
    })),
    discoverySelectors: { list: message(LABEL_SELECTOR) },
    pathNormalization: message(() => ({
      fields: {
        normalization: enumOf(
          "istio.mesh.v1alpha1.MeshConfig.ProxyPathNormalization.NormalizationType",
          "DEFAULT",
          "NONE",
          "BASE",
          "MERGE_SLASHES",
          "DECODE_AND_MERGE_SLASHES",
        ),
      },
    })),
    defaultHttpRetryPolicy: message(() => ({
      fields: {
        attempts: "int32",
        perTryTimeout: "duration",
        retryOn: "string",
        retryRemoteLocalities: BOOL_VALUE,
        retryIgnorePreviousHosts: BOOL_VALUE,
        backoff: "duration",
      },
    })),
    meshMTLS: message(TLS_CONFIG),
    mesh_mTLS: message(TLS_CONFIG),
    tlsDefaults: message(TLS_CONFIG),
  },
} as const satisfies MessageSchema;

// Written by `npm run schemas` from the proto files of istio.io/api v1.30.3-0.20260710004328-2e43f07b30b6, and not to be changed by hand.
// sha256 of what follows: a939b02de83b4d8fda0890b7fcaf02f464475515c830f69772c0d5bf0a1afad4

import { BOOL_VALUE, enumOf, type MessageSchema, message, TEXT_MAP, TEXTS } from "../../settings/schema.ts";

export const CLIENT_TLS_SETTINGS = () =>
  ({
    fields: {
      mode: enumOf("istio.networking.v1alpha3.ClientTLSSettings.TLSmode", "DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"),
      clientCertificate: "string",
      privateKey: "string",
      caCertificates: "string",
      credentialName: "string",
      subjectAltNames: TEXTS,
      sni: "string",
      insecureSkipVerify: BOOL_VALUE,
      caCrl: "string",
    },
  }) as const satisfies MessageSchema;

export const TCP_KEEPALIVE = () =>
  ({
    fields: {
      probes: "uint32",
      time: "duration",
      interval: "duration",
    },
  }) as const satisfies MessageSchema;

export const REMOTE_SERVICE = () =>
  ({
    fields: {
      address: "string",
      tlsSettings: message(CLIENT_TLS_SETTINGS),
      tcpKeepalive: message(TCP_KEEPALIVE),
    },
  }) as const satisfies MessageSchema;

export const FORWARD_CLIENT_CERT_DETAILS = enumOf(
  "istio.mesh.v1alpha1.ForwardClientCertDetails",
  "UNDEFINED",
  "SANITIZE",
  "FORWARD_ONLY",
  "APPEND_FORWARD",
  "SANITIZE_SET",
  "ALWAYS_FORWARD_ONLY",
);

/** ProxyConfig as the release publishes it. */
export const PROXY_CONFIG = {
  fields: {
    configPath: "string",
    binaryPath: "string",
    serviceCluster: "string",
    tracingServiceName: enumOf(
      "istio.mesh.v1alpha1.ProxyConfig.TracingServiceName",
      "APP_LABEL_AND_NAMESPACE",
      "CANONICAL_NAME_ONLY",
      "CANONICAL_NAME_AND_NAMESPACE",
    ),
    drainDuration: "duration",
    discoveryAddress: "string",
    discoveryRefreshDelay: "duration",
    zipkinAddress: "string",
    statsdUdpAddress: "string",
    envoyMetricsServiceAddress: "string",
    proxyAdminPort: "int32",
    availabilityZone: "string",
    controlPlaneAuthPolicy: {
      enum: "istio.mesh.v1alpha1.AuthenticationPolicy",
      names: ["NONE", "MUTUAL_TLS", "INHERIT"],
      numbers: [0, 1, 1000],
    } as const,
    customConfigFile: "string",
    statNameLength: "int32",
    concurrency: { wrapper: "int32" },
    proxyBootstrapTemplatePath: "string",
    interceptionMode: enumOf("istio.mesh.v1alpha1.ProxyConfig.InboundInterceptionMode", "REDIRECT", "TPROXY", "NONE"),
    tracing: message(() => ({
      fields: {
        zipkin: message(() => ({
          fields: {
            address: "string",
          },
        })),
        lightstep: message(() => ({
          fields: {
            address: "string",
            accessToken: "string",
          },
        })),
        datadog: message(() => ({
          fields: {
            address: "string",
          },
        })),
        stackdriver: message(() => ({
          fields: {
            debug: "bool",
            maxNumberOfAttributes: { wrapper: "int64" },
            maxNumberOfAnnotations: { wrapper: "int64" },
            maxNumberOfMessageEvents: { wrapper: "int64" },
          },
        })),
        openCensusAgent: message(() => ({
          fields: {
            address: "string",
            context: {
              list: enumOf(
                "istio.mesh.v1alpha1.Tracing.OpenCensusAgent.TraceContext",
                "UNSPECIFIED",
                "W3C_TRACE_CONTEXT",
                "GRPC_BIN",
                "CLOUD_TRACE_CONTEXT",
                "B3",
              ),
            },
          },
        })),
        customTags: {
          map: message(() => ({
            fields: {
              literal: message(() => ({
                fields: {
                  value: "string",
                },
              })),
              environment: message(() => ({
                fields: {
                  name: "string",
                  defaultValue: "string",
                },
              })),
              header: message(() => ({
                fields: {
                  name: "string",
                  defaultValue: "string",
                },
              })),
            },
            oneofs: [["literal", "environment", "header"]],
          })),
        },
        maxPathTagLength: "uint32",
        sampling: "double",
        tlsSettings: message(CLIENT_TLS_SETTINGS),
        enableIstioTags: BOOL_VALUE,
      },
      oneofs: [["zipkin", "lightstep", "datadog", "stackdriver", "openCensusAgent"]],
    })),
    sds: message(() => ({
      fields: {
        enabled: "bool",
        k8sSaJwtPath: "string",
      },
    })),
    envoyAccessLogService: message(REMOTE_SERVICE),
    envoyMetricsService: message(REMOTE_SERVICE),
    proxyMetadata: TEXT_MAP,
    runtimeValues: TEXT_MAP,
    statusPort: "int32",
    extraStatTags: TEXTS,
    gatewayTopology: message(() => ({
      fields: {
        numTrustedProxies: "uint32",
        forwardClientCertDetails: FORWARD_CLIENT_CERT_DETAILS,
        proxyProtocol: message(() => ({ fields: {} })),
      },
    })),
    terminationDrainDuration: "duration",
    meshId: "string",
    readinessProbe: message(() => ({
      fields: {
        initialDelaySeconds: "int32",
        timeoutSeconds: "int32",
        periodSeconds: "int32",
        successThreshold: "int32",
        failureThreshold: "int32",
        httpGet: message(() => ({
          fields: {
            path: "string",
            port: "uint32",
            host: "string",
            scheme: "string",
            httpHeaders: {
              list: message(() => ({
                fields: {
                  name: "string",
                  value: "string",
                },
              })),
            },
          },
        })),
        tcpSocket: message(() => ({
          fields: {
            host: "string",
            port: "uint32",
          },
        })),
        exec: message(() => ({
          fields: {
            command: TEXTS,
          },
        })),
        grpc: message(() => ({
          fields: {
            port: "uint32",
            service: "string",
          },
        })),
      },
      oneofs: [["httpGet", "tcpSocket", "exec", "grpc"]],
    })),
    proxyStatsMatcher: message(() => ({
      fields: {
        inclusionPrefixes: TEXTS,
        inclusionSuffixes: TEXTS,
        inclusionRegexps: TEXTS,
      },
    })),
    holdApplicationUntilProxyStarts: BOOL_VALUE,
    caCertificatesPem: TEXTS,
    image: message(() => ({
      fields: {
        imageType: "string",
      },
    })),
    privateKeyProvider: message(() => ({
      fields: {
        cryptomb: message(() => ({
          fields: {
            pollDelay: "duration",
            fallback: BOOL_VALUE,
          },
        })),
        qat: message(() => ({
          fields: {
            pollDelay: "duration",
            fallback: BOOL_VALUE,
          },
        })),
      },
      oneofs: [["cryptomb", "qat"]],
    })),
    proxyHeaders: message(() => ({
      fields: {
        forwardedClientCert: FORWARD_CLIENT_CERT_DETAILS,
        setCurrentClientCertDetails: message(() => ({
          fields: {
            subject: BOOL_VALUE,
            cert: BOOL_VALUE,
            chain: BOOL_VALUE,
            dns: BOOL_VALUE,
            uri: BOOL_VALUE,
          },
        })),
        requestId: message(() => ({
          fields: {
            disabled: BOOL_VALUE,
          },
        })),
        server: message(() => ({
          fields: {
            disabled: BOOL_VALUE,
            value: "string",
          },
        })),
        attemptCount: message(() => ({
          fields: {
            disabled: BOOL_VALUE,
          },
        })),
        envoyDebugHeaders: message(() => ({
          fields: {
            disabled: BOOL_VALUE,
          },
        })),
        metadataExchangeHeaders: message(() => ({
          fields: {
            mode: enumOf("istio.mesh.v1alpha1.ProxyConfig.ProxyHeaders.MetadataExchangeMode", "UNDEFINED", "IN_MESH"),
          },
        })),
        preserveHttp1HeaderCase: BOOL_VALUE,
        xForwardedHost: message(() => ({
          fields: {
            enabled: BOOL_VALUE,
          },
        })),
        xForwardedPort: message(() => ({
          fields: {
            enabled: BOOL_VALUE,
          },
        })),
      },
    })),
    fileFlushInterval: "duration",
    fileFlushMinSizeKb: "uint32",
    statsCompression: BOOL_VALUE,
  },
  oneofs: [["serviceCluster", "tracingServiceName"]],
} as const satisfies MessageSchema;

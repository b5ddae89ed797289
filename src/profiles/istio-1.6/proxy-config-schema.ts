// Written by `npm run schemas` from the proto files of istio.io/api v0.0.0-20200518162646-2c1705ec4d0b, and not to be changed by hand.
// sha256 of what follows: 1bc026544ee1d1792b5dab9928e3280e81781cd850a2453ea263be5238722e1e

import { enumOf, type MessageSchema, message, TEXT_MAP, TEXTS } from "../../settings/schema.ts";

export const CLIENT_TLS_SETTINGS = () =>
  ({
    fields: {
      mode: enumOf("istio.networking.v1alpha3.ClientTLSSettings_TLSmode", "DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"),
      clientCertificate: "string",
      privateKey: "string",
      caCertificates: "string",
      subjectAltNames: TEXTS,
      sni: "string",
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

/** ProxyConfig as the release publishes it. */
export const PROXY_CONFIG = {
  fields: {
    configPath: "string",
    binaryPath: "string",
    serviceCluster: "string",
    drainDuration: "duration",
    parentShutdownDuration: "duration",
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
    concurrency: "int32",
    proxyBootstrapTemplatePath: "string",
    interceptionMode: enumOf("istio.mesh.v1alpha1.ProxyConfig_InboundInterceptionMode", "REDIRECT", "TPROXY"),
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
      },
      oneofs: [["zipkin", "lightstep", "datadog", "stackdriver"]],
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
    statusPort: "int32",
    extraStatTags: TEXTS,
    gatewayTopology: message(() => ({
      fields: {
        numTrustedProxies: "uint32",
        forwardClientCertDetails: enumOf(
          "istio.mesh.v1alpha1.Topology_ForwardClientCertDetails",
          "UNDEFINED",
          "SANITIZE",
          "FORWARD_ONLY",
          "APPEND_FORWARD",
          "SANITIZE_SET",
          "ALWAYS_FORWARD_ONLY",
        ),
      },
    })),
  },
} as const satisfies MessageSchema;

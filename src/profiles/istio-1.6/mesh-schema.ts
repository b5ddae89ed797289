// Written by `npm run schemas` from the proto files of istio.io/api v0.0.0-20200518162646-2c1705ec4d0b, and not to be changed by hand.
// sha256 of what follows: 43ebfb8280a6e5b109dcac8be63324088ac35414b0c66023e0f6d63f84225db9

import { BOOL_VALUE, enumOf, type MessageSchema, message, TEXTS } from "../../settings/schema.ts";
import { CLIENT_TLS_SETTINGS, TCP_KEEPALIVE } from "./proxy-config-schema.ts";

/** The mesh config as the release publishes it, but for its defaultConfig. */
export const MESH_SCHEMA = {
  fields: {
    mixerCheckServer: "string",
    mixerReportServer: "string",
    disablePolicyChecks: "bool",
    disableMixerHttpReports: "bool",
    policyCheckFailOpen: "bool",
    sidecarToTelemetrySessionAffinity: "bool",
    proxyListenPort: "int32",
    proxyHttpPort: "int32",
    connectTimeout: "duration",
    protocolDetectionTimeout: "duration",
    tcpKeepalive: message(TCP_KEEPALIVE),
    ingressClass: "string",
    ingressService: "string",
    ingressControllerMode: enumOf("istio.mesh.v1alpha1.MeshConfig_IngressControllerMode", "UNSPECIFIED", "OFF", "DEFAULT", "STRICT"),
    authPolicy: enumOf("istio.mesh.v1alpha1.MeshConfig_AuthPolicy", "NONE", "MUTUAL_TLS"),
    rdsRefreshDelay: "duration",
    enableTracing: "bool",
    accessLogFile: "string",
    accessLogFormat: "string",
    accessLogEncoding: enumOf("istio.mesh.v1alpha1.MeshConfig_AccessLogEncoding", "TEXT", "JSON"),
    enableEnvoyAccessLogService: "bool",
    mixerAddress: "string",
    outboundTrafficPolicy: message(() => ({
      fields: {
        mode: enumOf("istio.mesh.v1alpha1.MeshConfig_OutboundTrafficPolicy_Mode", "REGISTRY_ONLY", "ALLOW_ANY"),
      },
    })),
    enableClientSidePolicyCheck: "bool",
    sdsUdsPath: "string",
    sdsRefreshDelay: "duration",
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
    enableSdsTokenMount: "bool",
    sdsUseK8sSaJwt: "bool",
    trustDomain: "string",
    trustDomainAliases: TEXTS,
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
        enabled: BOOL_VALUE,
      },
    })),
    dnsRefreshRate: "duration",
    disableReportBatch: "bool",
    reportBatchMaxEntries: "uint32",
    reportBatchMaxTime: "duration",
    h2UpgradePolicy: enumOf("istio.mesh.v1alpha1.MeshConfig_H2UpgradePolicy", "DO_NOT_UPGRADE", "UPGRADE"),
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
    thriftConfig: message(() => ({
      fields: {
        rateLimitUrl: "string",
        rateLimitTimeout: "duration",
      },
    })),
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
    enablePrometheusMerge: BOOL_VALUE,
  },
} as const satisfies MessageSchema;

import {
  CLIENT_TLS_SETTINGS,
  FORWARD_CLIENT_CERT,
  proxyConfigFields,
  TRACER_NAMES,
  TRACERS,
  tracingFields,
} from "../../settings/messages.ts";
import { enumOf, type MessageSchema, message } from "../../settings/schema.ts";

const FIELDS = {
  ...proxyConfigFields(CLIENT_TLS_SETTINGS),
  parentShutdownDuration: "duration",
  concurrency: "int32",
  interceptionMode: enumOf("istio.mesh.v1alpha1.ProxyConfig_InboundInterceptionMode", "REDIRECT", "TPROXY"),
  tracing: message(() => ({ fields: { ...TRACERS, ...tracingFields(CLIENT_TLS_SETTINGS) }, oneofs: [TRACER_NAMES] })),
  gatewayTopology: message(() => ({ fields: { numTrustedProxies: "uint32", forwardClientCertDetails: FORWARD_CLIENT_CERT } })),
} as const;

/** ProxyConfig as release 1.6 has it, and with the field that came with 1.7 (spec 1.6 §5.1, §14). */
export function proxyConfigSchema(terminationDrain: boolean) {
  const added = terminationDrain ? ({ terminationDrainDuration: "duration" } as const) : {};
  return { fields: { ...FIELDS, ...added } } as const satisfies MessageSchema;
}

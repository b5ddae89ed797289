import type { Notice } from "../../common/notice.ts";
import type { Variables } from "./contract.ts";

/** Providers that decide nothing here, but that an injector sets too: other authorities of Kubernetes. */
const OF_KUBERNETES = /^(?:kubernetes|k8s\.io\/.+)$/;

/** Returns warnings about settings of the workload's certificate that have another effect than they say; it is that of the release. */
export function certificateNotices(env: Variables): readonly Notice[] {
  const { SECRET_GRACE_PERIOD_RATIO: ratio, ECC_SIGNATURE_ALGORITHM: algorithm, ECC_CURVE: curve, PILOT_CERT_PROVIDER: provider } = env;
  const texts = [
    ...(ratio < 0 || ratio > 1
      ? [`SECRET_GRACE_PERIOD_RATIO is not a number from 0 to 1: current value is ${ratio}; it counts as ${ratio < 0 ? 0 : 1}`]
      : []),
    ...(algorithm === "ECDSA" && curve !== "P256" && curve !== "P384"
      ? [`ECC_CURVE is not P256 or P384: current value is "${curve}"; it counts as P256`]
      : []),
    ...(["istiod", "custom", "none"].includes(provider) || OF_KUBERNETES.test(provider)
      ? []
      : [`PILOT_CERT_PROVIDER is not istiod, custom or none: current value is "${provider}"; it counts as istiod`]),
  ];
  return texts.map((text) => ({ level: "warn", text }));
}

import type { Notice } from "../../common/notice.ts";
import { formatDuration, SECOND } from "../../go/duration.ts";
import type { Variables } from "./contract.ts";

/** Providers that decide nothing here, but that an injector sets too: other authorities of Kubernetes. */
const OF_KUBERNETES = /^(?:kubernetes|k8s\.io\/.+)$/;

/** Returns warnings about settings of the workload's certificate that have another effect than they say; it is that of the release. */
export function certificateNotices(env: Variables): readonly Notice[] {
  const { ECC_SIGNATURE_ALGORITHM: algorithm, ECC_CURVE: curve, PILOT_CERT_PROVIDER: provider } = env;
  const texts = [
    ...rotationTexts(env),
    ...(env.SECRET_TTL < SECOND
      ? [
          `SECRET_TTL is less than a second: current value is ${formatDuration(env.SECRET_TTL)}; the certificate authority is asked for ${env.SECRET_TTL / SECOND} s`,
        ]
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

/** Returns what is said about the time at which a certificate is replaced (src/mesh/rotation.ts). */
function rotationTexts({ SECRET_GRACE_PERIOD_RATIO: ratio, SECRET_GRACE_PERIOD_RATIO_JITTER: jitter }: Variables): readonly string[] {
  const counted = (name: string, value: number, counts: number) =>
    `${name} is not a number from 0 to 1: current value is ${value}; it counts as ${counts}`;
  return [
    ...(ratio < 0 || ratio > 1 ? [counted("SECRET_GRACE_PERIOD_RATIO", ratio, ratio < 0 ? 0 : 1)] : []),
    ...(jitter < 0 ? [counted("SECRET_GRACE_PERIOD_RATIO_JITTER", jitter, -jitter)] : []),
    ...(ratio >= 1 || ratio + Math.abs(jitter) > 1
      ? [
          `SECRET_GRACE_PERIOD_RATIO and SECRET_GRACE_PERIOD_RATIO_JITTER are more than 1 together, or the ratio is 1: current values are ${ratio} and ${jitter}; certificates may be replaced as soon as they are received, again and again`,
        ]
      : []),
  ];
}

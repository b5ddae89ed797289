import type { Choice } from "./choose.ts";

/** What Istio does otherwise in a recorded release than in 1.28, with the first minor release that does it as 1.28 does, if that is known. */
type Difference = readonly [what: string, until?: number];

/** The bootstrap, the arguments and the services of the agent. */
const PROXY_1_24: readonly Difference[] = [
  ["component-log-level misc:error instead of skip-deprecated-logs", 25],
  ["a runtime flag instead of overload_manager"],
  ["cluster_manager in every bootstrap"],
  ["no annotations for flush and eviction of statistics", 28],
  ["no PROXY protocol on the readiness listener", 27],
  ["no app-lifecycle probes", 25],
  ["no CA_HEADER_ variables", 25],
  ["a drain on /quitquitquit", 26],
];
const PROXY_1_20: readonly Difference[] = [
  ...PROXY_1_24,
  ["log-format instead of application_log_config", 22],
  ["no delta xDS by default"],
  ["a Zipkin tracer by default"],
  ["no alt_stat_name", 23],
  ["no WORKLOAD_IDENTITY_SOCKET_FILE", 23],
  ["no /drain", 21],
  ["probes without a body"],
];
/** The rules of the kernel. */
const IPTABLES: readonly Difference[] = [
  ["iptables preferred to iptables-nft"],
  ["-p tcp in the jump from OUTPUT"],
  ["no native-nftables", 27],
  ["no force-iptables-binary"],
];

const PARTS = { proxy: { 24: PROXY_1_24, 20: PROXY_1_20 }, iptables: { 24: IPTABLES, 20: IPTABLES } } as const;

/**
 * Returns what to say of a command for an image whose release was not recorded: which contract is followed instead, and what an older
 * release is known to do otherwise. Undefined for a recorded one. `part`: what the command is about.
 */
export function unrecordedText({ unrecorded, profile }: Choice, part: keyof typeof PARTS): string | undefined {
  if (unrecorded === undefined) return undefined;
  const [major, minor] = unrecorded;
  const isBetween = profile.name === "istio-1.28" && major === 1;
  const known = isBetween ? olderText(minor, part) : "";
  return `Istio ${major}.${minor} was not recorded: using the contract of Istio ${profile.release}${known}; check the output of render first (ISTIO_META_ISTIO_VERSION)`;
}

function olderText(minor: number, part: keyof typeof PARTS): string {
  const nearest = minor >= 24 ? 24 : 20;
  const differences = PARTS[part][nearest].filter(([, until]) => until === undefined || until > minor);
  return `; Istio 1.${nearest} is known to differ by ${differences.map(([what]) => what).join(", ")}`;
}

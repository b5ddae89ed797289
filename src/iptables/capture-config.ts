/** What the flags and variables say: texts are not parsed where upstream passes them on. */
export interface CaptureSettings {
  readonly proxyPort: string;
  readonly inboundPort: string;
  readonly tunnelPort: string;
  readonly uids: string;
  readonly gids: string;
  /** Exactly `TPROXY`, or anything else for a redirect. */
  readonly mode: string;
  readonly inboundPorts: string;
  readonly inboundPortsExcluded: string;
  readonly interfacesExcluded: string;
  readonly ranges: string;
  readonly rangesExcluded: string;
  readonly outboundPorts: string;
  readonly outboundPortsExcluded: string;
  readonly virtualInterfaces: string;
  readonly mark: string;
  readonly routeTable: string;
  readonly groups: string;
  readonly groupsExcluded: string;
  /** The range of IPv4 that counts as loopback. */
  readonly loopback: string;
  readonly redirectDns: boolean;
  readonly captureAllDns: boolean;
  readonly dropInvalid: boolean;
  readonly dualStack: boolean;
  readonly dryRun: boolean;
  readonly skipApply: boolean;
  readonly runValidation: boolean;
  readonly probePort: number;
  /** In milliseconds. */
  readonly probeTimeout: number;
  readonly networkNamespace: string;
  readonly cniMode: boolean;
  readonly reconcile: boolean;
  readonly cleanupOnly: boolean;
  readonly forceApply: boolean;
  readonly nativeNftables: boolean;
  /** `legacy` or `nft`; empty: chosen. */
  readonly program: string;
  /** One document for iptables-restore; false: one command for each chain and rule. */
  readonly restoreFormat: boolean;
  /** The file that a dry run writes; empty: none. */
  readonly dryRunFile: string;
}

/** The settings with what the machine adds to them. */
export interface CaptureConfig extends CaptureSettings {
  /** Whether there are rules of IPv6. */
  readonly hasV6: boolean;
  /** The address of the pod, whose family the validation uses. */
  readonly hostAddress: string;
  /** The resolvers of resolv.conf. */
  readonly resolvers: Resolvers;
}

export interface Resolvers {
  readonly v4: readonly string[];
  readonly v6: readonly string[];
}

/** The machine as far as a configuration depends on it. Nothing is read before it is needed. */
export interface CaptureInputs {
  /** Returns the addresses of all interfaces in the order of the kernel: all of IPv4, then all of IPv6. */
  readonly addresses: () => readonly string[];
  readonly passwd: () => string;
  /** Returns the text of /etc/resolv.conf. */
  readonly resolvConf: () => { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };
}

/** Reports whether inbound connections keep their source address. */
export function isTproxy({ mode }: Pick<CaptureSettings, "mode">): boolean {
  return mode === "TPROXY";
}

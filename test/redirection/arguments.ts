/** Arguments as the injector writes them for REDIRECT; further ones follow, and the last of a repeated flag counts. */
export const INJECTED: readonly string[] = [
  ...["istio-iptables", "-p", "15001", "-z", "15006", "-u", "1337", "-m", "REDIRECT", "-i", "*", "-x", "", "-b", "*"],
  ...["-d", "15090,15021,15020", "--log_output_level=default:info"],
];

export const DUAL = { eth0: ["10.244.0.16/24", "fd00:10:244::16/64"] } as const;

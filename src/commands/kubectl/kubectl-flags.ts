import { boolFlag, type FlagArgument, type FlagTable, stringFlag, withShort } from "../../cli/flag.ts";

/** Flags of kubectl that choose the cluster, the user and the namespace; they are passed on. */
export const KUBECTL_FLAGS = [
  withShort("n", stringFlag("namespace", "", "Namespace of the pods (default: that of the context)")),
  stringFlag("context", "", "Context of the kubeconfig"),
  stringFlag("kubeconfig", "", "Path of the kubeconfig"),
  stringFlag("cluster", "", "Cluster of the kubeconfig"),
  stringFlag("user", "", "User of the kubeconfig"),
  stringFlag("as", "", "User to impersonate"),
  stringFlag("as-group", "", "Group to impersonate; may be repeated"),
  stringFlag("as-uid", "", "UID to impersonate"),
  stringFlag("as-user-extra", "", "Extra information of the user to impersonate; may be repeated"),
  stringFlag("server", "", "Address of the API server"),
  stringFlag("token", "", "Bearer token for the API server"),
  stringFlag("certificate-authority", "", "File with the certificate of the API server's authority"),
  stringFlag("client-certificate", "", "File with the client's certificate"),
  stringFlag("client-key", "", "File with the client's key"),
  stringFlag("tls-server-name", "", "Name in the certificate of the API server"),
  boolFlag("insecure-skip-tls-verify", false, "Accept any certificate of the API server"),
  stringFlag("request-timeout", "", "Time limit of a request, such as 10s"),
  stringFlag("cache-dir", "", "Directory of kubectl's cache"),
] as const satisfies FlagTable;

/** Returns the arguments of kubectl that flags of a command line give. A value stays in the argument of its flag, whatever it looks like. */
export function connectionOf(given: readonly FlagArgument[]): readonly string[] {
  return given.filter(isOfKubectl).map(({ name, value }) => `--${name}=${value}`);
}

/** Reports whether a flag is one of kubectl's. */
export function isOfKubectl({ name, variable }: FlagArgument): boolean {
  return variable === undefined && KUBECTL_FLAGS.some((flag) => flag.name === name);
}

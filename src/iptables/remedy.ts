/**
 * Returns what to do about an error of iptables, nft or the kernel, by its text; undefined if nothing is known. `replacement` is what helps
 * when rules exist already.
 */
export function remedyOf(
  text: string,
  replacement = "replace them with --reconcile, or remove them with --cleanup-only",
): string | undefined {
  if (EXISTING.test(text)) return `rules exist already: ${replacement}`;
  return REMEDIES.find(({ pattern }) => pattern.test(text))?.remedy;
}

const EXISTING = /Chain already exists|File exists/;

const REMEDIES: readonly { readonly pattern: RegExp; readonly remedy: string }[] = [
  {
    pattern: /Permission denied|Operation not permitted|must be root|\bEPERM\b|\bEACCES\b/,
    remedy: "the container needs the capability NET_ADMIN, and NET_RAW for the legacy programs",
  },
  {
    pattern:
      /Table does not exist|can't initialize|RULE_(?:APPEND|INSERT) failed \(No such file|Could not process rule: (?:No such file|Operation not supported)|Protocol not supported|No chain\/target\/match by that name|Extension .* revision .* not supported|Couldn't load (?:match|target) `?(?!ISTIO_)/,
    remedy:
      "a module of the node's kernel is missing: nf_tables, or iptable_nat and ip6table_nat; xt_REDIRECT, xt_owner, xt_multiport, xt_conntrack, xt_CT, xt_TPROXY, xt_mark, xt_connmark for single rules",
  },
  {
    pattern: /executable file not found/,
    remedy: "use an image with iptables and nftables, such as the target init of attache's Dockerfile",
  },
  { pattern: /holding the xtables lock/, remedy: "another program changes the rules: start again" },
];

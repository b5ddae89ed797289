import type { Match, Rule, Target } from "./rule.ts";

/** Returns the arguments of iptables that add a rule, after the table. */
export function addWords(rule: Rule): readonly string[] {
  const place = rule.insertAt === undefined ? ["-A", rule.chain] : ["-I", rule.chain, String(rule.insertAt)];
  return [...place, ...ruleWords(rule)];
}

/** Returns the arguments that check whether a rule exists. */
export function checkWords(rule: Rule): readonly string[] {
  return ["-t", rule.table, "-C", rule.chain, ...ruleWords(rule)];
}

/** Returns the arguments that delete a rule. */
export function deleteWords(rule: Rule): readonly string[] {
  return ["-t", rule.table, "-D", rule.chain, ...ruleWords(rule)];
}

/** Returns the matches and the target of a rule. */
export function ruleWords({ when, then }: Pick<Rule, "when" | "then">): readonly string[] {
  return [...when.flatMap(matchWords), "-j", ...targetWords(then)];
}

function matchWords(match: Match): readonly string[] {
  switch (match.kind) {
    case "in":
      return ["-i", match.interface];
    case "out":
      return ["-o", match.interface];
    case "source":
      return ["-s", match.address];
    case "destination":
      return [...not(match), "-d", match.address];
    case "protocol":
      return ["-p", match.protocol];
    case "to-port":
      return [...not(match), "--dport", match.port];
    case "to-other-ports":
      return ["-m", "multiport", "!", "--dports", match.ports.join(",")];
    case "from-port":
      return ["--sport", match.port];
    case "state":
      return ["-m", "conntrack", "--ctstate", match.states.join(",")];
    case "uid":
    case "gid":
      return ["-m", "owner", ...not(match), `--${match.kind}-owner`, match.id];
    case "mark":
      return ["-m", "mark", ...not(match), "--mark", match.mark];
    case "connection-mark":
      return ["-m", "connmark", "--mark", match.mark];
  }
}

function not({ not: isNegated }: { readonly not?: true }): readonly string[] {
  return isNegated === true ? ["!"] : [];
}

function targetWords(target: Target): readonly string[] {
  switch (target.kind) {
    case "chain":
      return [target.chain];
    case "return":
    case "accept":
    case "drop":
      return [target.kind.toUpperCase()];
    case "save-mark":
    case "restore-mark":
      return ["CONNMARK", `--${target.kind}`];
    case "redirect":
      return ["REDIRECT", target.option, target.port];
    case "set-mark":
      return ["MARK", "--set-mark", target.mark];
    case "tproxy":
      return ["TPROXY", "--tproxy-mark", `${target.mark}/0xffffffff`, "--on-port", target.port];
    case "zone":
      return ["CT", "--zone", String(target.zone)];
  }
}

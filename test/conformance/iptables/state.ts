import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { IptablesCase, State } from "./case.ts";

/** Reads what the script has recorded at the end, without counters, dates and empty tables. */
export function parseState(folder: string, kind: IptablesCase["kind"]): State {
  const lines = (name: string) =>
    existsSync(join(folder, name))
      ? readFileSync(join(folder, name), "utf8")
          .split("\n")
          .map((line) => line.trimEnd())
          .filter((line) => line !== "")
      : [];
  const state: Record<string, readonly string[]> = {
    rules4: lines("rules4"),
    rules6: lines("rules6"),
    routes4: lines("routes4").filter((line) => line.includes("local default")),
    routes6: lines("routes6").filter((line) => line.includes("local default")),
    lo6: [
      ...lines("lo6")
        .join("\n")
        .matchAll(/inet6 (\S+)/g),
    ]
      .map(([, address = ""]) => address)
      .sort(),
  };
  if (kind === "real") {
    for (const name of ["iptables-nft", "ip6tables-nft", "iptables-legacy", "ip6tables-legacy"])
      state[name] = withoutEmptyTables(lines(name));
    state["nft"] = nativeTables(lines("nft"));
  }
  return Object.fromEntries(Object.entries(state).filter(([, value]) => value.length > 0));
}

function withoutEmptyTables(lines: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let table: string[] = [];
  for (const line of lines.filter((each) => !each.startsWith("#"))) {
    table.push(line.replace(/ \[\d+:\d+\]$/, ""));
    if (line !== "COMMIT") continue;
    if (table.some((each) => each.startsWith("-") || (each.startsWith(":") && !each.endsWith(" ACCEPT")))) kept.push(...table);
    table = [];
  }
  return kept;
}

/** Tables that iptables has made are in its own output. */
function nativeTables(lines: readonly string[]): readonly string[] {
  let isKept = false;
  return lines
    .map((line) => line.trim().replace(/counter packets \d+ bytes \d+/g, "counter"))
    .filter((line) => {
      if (line.startsWith("table ")) isKept = !/^table ip6? (filter|nat|mangle|raw|security) /.test(line);
      return isKept && line !== "";
    });
}

import type { Command, IptablesCase, Outcome } from "./case.ts";

/** Returns how an outcome differs from the recorded one; how an agent finds out what is there is its own affair. */
export function iptablesDifferences(recorded: IptablesCase, outcome: Outcome): readonly string[] {
  const { expect: wanted, kind } = recorded;
  const what = recorded.compare ?? ["exit", "writes", "state"];
  const exits = typeof wanted.exit === "number" ? [wanted.exit] : wanted.exit;
  const isFailure = (status: number | null) => status !== 0;
  return [
    ...(what.includes("exit")
      ? differ("exit", exits, outcome.exits)
      : differ("failure", exits.map(isFailure), outcome.exits.map(isFailure))),
    ...(kind === "stub" && what.includes("writes") ? differ("writes", writes(wanted.commands ?? []), writes(outcome.commands)) : []),
    ...(what.includes("nftDocument") ? differ("nft", nftDocuments(wanted.commands ?? []), nftDocuments(outcome.commands)) : []),
    ...(what.includes("state") ? stateDifferences(recorded, outcome) : []),
    ...(what.includes("stdout") ? missingLines(wanted.stdoutLines ?? [], printedLines(outcome.stdout)) : []),
    ...(what.includes("files") ? differ("files", wanted.files ?? {}, outcome.files) : []),
  ];
}

function stateDifferences({ expect: { state = {} } }: IptablesCase, outcome: Outcome): readonly string[] {
  const keys = [...new Set([...Object.keys(state), ...Object.keys(outcome.state)])].sort();
  return keys.flatMap((key) => differ(`state ${key}`, state[key] ?? [], outcome.state[key] ?? []));
}

/** Returns the calls that change rules, with their documents as lines of tables. */
export function writes(commands: readonly Command[]): readonly unknown[] {
  return commands
    .filter(({ argv: [name = "", ...args] }) => !["ip", "nft"].includes(name) && !name.endsWith("-save") && !reads(args))
    .map(({ argv: [name = "", ...args], stdin = "" }) =>
      name.endsWith("-restore") ? { name, args: args.filter((each) => each.startsWith("-")), tables: byTable(stdin) } : { name, args },
    );
}

function reads(args: readonly string[]): boolean {
  return (
    args.some((each) => ["-C", "-L", "-S", "-V", "--version", "--help"].includes(each)) || (args.includes("255") && args.includes("RETURN"))
  );
}

/** The order of tables has no meaning, that of lines has. */
function byTable(document: string): Readonly<Record<string, readonly string[]>> {
  const tables: Record<string, string[]> = {};
  let current: string[] = [];
  for (const line of document.split("\n").map((each) => each.trim())) {
    if (line.startsWith("*")) {
      const name = line.slice(1).trim();
      current = tables[name] ?? [];
      tables[name] = current;
    } else if (line !== "" && line !== "COMMIT" && !line.startsWith("#")) current.push(line);
  }
  return tables;
}

function nftDocuments(commands: readonly Command[]): readonly unknown[] {
  return commands
    .filter(({ argv, stdin }) => argv[0] === "nft" && !argv.includes("--check") && stdin !== undefined && stdin !== "")
    .map(({ stdin = "" }) => stdin.split("\n").filter((line) => line !== ""));
}

/** Release 1.6 has a temporary file, and no order of tables. */
function printedLines(stdout: string): readonly string[] {
  return withOrderedTables(
    stdout
      .split("\n")
      .map((line) =>
        line
          .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z\t/, "")
          .replace(/^(info|warn|error|debug)\t/, "")
          .trimEnd(),
      )
      .map((line) => line.replace(/\/\S*\/ip6?tables-rules-[0-9]+\.txt[0-9]+/g, "{{RULES}}"))
      .filter((line) => line !== ""),
  );
}

function withOrderedTables(lines: readonly string[]): readonly string[] {
  const found: string[] = [];
  let tables: string[][] = [];
  let table: string[] | undefined;
  const close = () => {
    found.push(...tables.sort((a, b) => ((a[0] ?? "") < (b[0] ?? "") ? -1 : 1)).flat());
    tables = [];
  };
  for (const line of lines) {
    if (/^\* \w+$/.test(line)) table = [line];
    else if (table !== undefined) {
      table.push(line);
      if (line === "COMMIT") {
        tables.push(table);
        table = undefined;
      }
    } else {
      close();
      found.push(line);
    }
  }
  close();
  return [...found, ...(table ?? [])];
}

/** Returns the first line that is not there after those before it; others in between are allowed. */
function missingLines(wanted: readonly string[], found: readonly string[]): readonly string[] {
  let at = 0;
  for (const line of wanted.map((each) => each.replace(/^(info|warn|error|debug)\t/, "").trimEnd()).filter((each) => each !== "")) {
    const place = found.indexOf(line, at);
    if (place < 0) return [`stdout has no line, or not in this order: ${line}`];
    at = place + 1;
  }
  return [];
}

function differ(title: string, wanted: unknown, found: unknown): readonly string[] {
  if (Bun.deepEquals(wanted, found)) return [];
  if (!Array.isArray(wanted) || !Array.isArray(found)) return [`${title}: want ${JSON.stringify(wanted)}, got ${JSON.stringify(found)}`];
  const at = [...Array(Math.max(wanted.length, found.length)).keys()].find((each) => !Bun.deepEquals(wanted[each], found[each])) ?? 0;
  return [`${title}, item ${at}: want ${JSON.stringify(wanted[at]) ?? "nothing"}, got ${JSON.stringify(found[at]) ?? "nothing"}`];
}

import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command, IptablesCase, Outcome } from "./case.ts";
import { namespaceScript } from "./namespace-script.ts";
import { parseState } from "./state.ts";

const TAILS = ["", "-save", "-restore"];
/** The end of the name of a set's programs, and the program that is behind them. */
const SETS: Readonly<Record<string, { readonly suffix: string; readonly multi: string }>> = {
  nft: { suffix: "-nft", multi: "xtables-nft-multi" },
  legacy: { suffix: "-legacy", multi: "xtables-legacy-multi" },
  plain: { suffix: "", multi: "xtables-nft-multi" },
  "plain=legacy": { suffix: "", multi: "xtables-legacy-multi" },
};
const LIMIT = 30_000;

/** Runs a case with a command in namespaces of its own. */
export async function runIptablesCase(recorded: IptablesCase, command: readonly string[]): Promise<Outcome> {
  const root = mkdtempSync(join(tmpdir(), "attache-iptables-"));
  try {
    chmodSync(root, 0o755);
    for (const name of ["bin/calls", "bin/answers", "bin/through", "bin/versions", "w", "rec", "files"])
      mkdirSync(join(root, name), { recursive: true });
    for (const name of ["bin/calls", "bin/answers", "w", "rec"]) chmodSync(join(root, name), 0o777);
    fillPrograms(recorded, join(root, "bin"));
    const script = join(root, "script.sh");
    writeFileSync(script, namespaceScript(recorded, root, command));
    const child = Bun.spawn(["unshare", "--net", "--mount", "--uts", "--propagation", "private", "sh", script], {
      stdout: "pipe",
      stderr: "pipe",
      timeout: LIMIT * 3,
    });
    const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    if (code !== 0) throw new Error(`The namespaces cannot be set up: ${out}${err}`);
    return outcomeIn(recorded, root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Puts the programs that the case grants into a directory, which becomes PATH: stubs, or links to the real ones. */
function fillPrograms(recorded: IptablesCase, bin: string): void {
  const isStub = recorded.kind === "stub";
  const add = (name: string, real: string, version: string) => {
    if (!isStub) return symlinkSync(programPath(real), join(bin, name));
    copyFileSync(join(import.meta.dir, "stub.sh"), join(bin, name));
    writeFileSync(join(bin, "versions", name), `${version}\n`);
  };
  for (const each of recorded.present ?? ["legacy", "nft", "plain"]) {
    const [set = "", only] = each.split(":");
    const { suffix, multi } = SETS[set] ?? { suffix: "", multi: "" };
    const version = recorded.versions?.[set] ?? "1.8.10";
    for (const stem of only === "4" ? ["iptables"] : ["iptables", "ip6tables"])
      for (const tail of TAILS) add(`${stem}${suffix}${tail}`, multi, version);
  }
  for (const name of ["ip", "nft"].filter((each) => recorded.without?.includes(each) !== true)) {
    add(name, name, "");
    symlinkSync(programPath(name), join(bin, "through", name));
  }
  for (const [at, answer] of (recorded.answers ?? []).entries()) {
    const folder = join(bin, "answers", String(at).padStart(3, "0"));
    mkdirSync(folder);
    writeFileSync(join(folder, "cmd"), `${answer.cmd}\n`);
    writeFileSync(join(folder, "stdout"), answer.stdout ?? "");
    writeFileSync(join(folder, "stderr"), answer.stderr ?? "");
    writeFileSync(join(folder, "exit"), `${answer.exit ?? 0}\n`);
    if (answer.times !== undefined) writeFileSync(join(folder, "times"), `${answer.times}\n`);
  }
}

/** Returns the path of a program that the tests need. @throws Error if it is not installed */
export function programPath(name: string): string {
  const found = Bun.which(name, { PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` });
  if (found === null) throw new Error(`There is no ${name}: install iptables, nftables and iproute2`);
  return found;
}

function outcomeIn(recorded: IptablesCase, root: string): Outcome {
  const read = (name: string) => readFileSync(join(root, name), "utf8");
  const count = (recorded.steps ?? [{}]).length;
  const steps = [...Array(count).keys()];
  return {
    exits: steps.map((at) => Number(read(`rec/${at}.exit`))),
    stdout: steps.map((at) => read(`rec/${at}.out`)).join(""),
    stderr: steps.map((at) => read(`rec/${at}.err`)).join(""),
    commands: commandsIn(join(root, "bin/calls")),
    state: parseState(join(root, "rec"), recorded.kind),
    files: Object.fromEntries(
      (recorded.watchFiles ?? []).map((name) => [name, existsSync(join(root, "w", name)) ? read(join("w", name)) : null]),
    ),
  };
}

function commandsIn(folder: string): readonly Command[] {
  const numbers = readdirSync(folder).filter((name) => /^\d+$/.test(name));
  return numbers
    .sort((a, b) => Number(a) - Number(b))
    .map((name) => {
      const argv = readFileSync(join(folder, name), "utf8").split("\0").slice(0, -1);
      return { argv, stdin: readFileSync(join(folder, `${name}.stdin`), "utf8") };
    });
}

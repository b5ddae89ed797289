import { type ProgramSet, programName } from "../../iptables/program-set.ts";
import type { Programs } from "./apply-checked.ts";
import type { TrafficHost } from "./traffic-host.ts";

/** Returns a machine on which every program succeeds without doing anything; the calls so far are written to a file, if there is one. */
export function dryHost(host: TrafficHost, file: string): TrafficHost {
  const lines: string[] = [];
  return {
    ...host,
    async run({ program, args, input }) {
      lines.push(...(input === undefined ? [[program, ...args].join(" ")] : input.replace(/\n$/, "").split("\n")));
      if (file !== "") host.overwrite(file, lines.map((line) => `${line}\n`).join(""));
      return { stdout: "", stderr: "", status: 0 };
    },
    changeNetwork: () => undefined,
    isolateMounts: () => undefined,
  };
}

/** The programs that a dry run names. */
export const DRY_PROGRAMS: Programs = { v4: plain(4), v6: plain(6) };

function plain(family: 4 | 6): ProgramSet {
  return { family, name: programName(family, ""), version: [], isLegacy: false };
}

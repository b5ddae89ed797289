import type { LaunchOf } from "../../commands/host.ts";
import { errorText } from "../../common/errors.ts";
import { ownText } from "../../envoy/own-configuration.ts";
import { refusalIn } from "../../envoy/refusal.ts";
import { fixedParts } from "../../launch/fixed-parts.ts";
import type { Launch } from "../../launch/launch.ts";
import { anonymousMemoryIn } from "../../linux/cgroup.ts";
import { headroomProblem } from "../../supervisor/headroom.ts";
import { textIn } from "../read-file.ts";
import { removeFiles, writeFiles } from "../write-files.ts";
import { adminOrigin } from "./admin-client.ts";
import { readMemory } from "./memory-events.ts";
import { validateEnvoy } from "./validate-envoy.ts";

export type Prepared =
  /** `fixed`: what stays as the agent was started. */
  | { readonly kind: "ready"; readonly launchOf: LaunchOf; readonly fixed: readonly string[] }
  | { readonly kind: "unchanged" }
  | { readonly kind: "failed"; readonly problem: string };

/** Plans the next epoch from settings read anew, and lets Envoy judge it before it is started. */
export async function prepareEpoch(wanted: {
  readonly epoch: number;
  /** Equal settings are no reason to stay. */
  readonly force: boolean;
  readonly current: Launch | undefined;
  /** The launch whose rules the agent follows. */
  readonly first: Launch;
  /** The process of the current epoch. */
  readonly pid: number | undefined;
  readonly replan: () => Promise<LaunchOf>;
  readonly warn: (text: string) => void;
}): Promise<Prepared> {
  const { epoch, force, current, first, pid, replan, warn } = wanted;
  try {
    const shortage = memoryProblem(pid);
    if (shortage !== undefined) return { kind: "failed", problem: shortage };
    const launchOf = await replan();
    if (!force && current !== undefined && isSame(launchOf(current.epoch), current)) return { kind: "unchanged" };
    const launch = launchOf(epoch);
    const [from, to] = [adminOrigin(first.admin), adminOrigin(launch.admin)];
    if (from !== to)
      return {
        kind: "failed",
        problem: `its admin interface would move from ${from} to ${to}, where an agent that runs does not ask; start the agent anew, or leave proxyAdminPort as it is`,
      };
    writeFiles(launch, warn);
    const problem = await validationProblem(launch);
    if (problem === undefined) return { kind: "ready", launchOf, fixed: fixedParts(first, launch) };
    const kept = new Set(current?.temporary);
    removeFiles(launch.temporary.filter((path) => !kept.has(path)));
    return { kind: "failed", problem };
  } catch (error) {
    return { kind: "failed", problem: errorText(error) };
  }
}

function isSame(a: Launch, b: Launch): boolean {
  return a.bootstrap === b.bootstrap && a.binary === b.binary && JSON.stringify(a.options) === JSON.stringify(b.options);
}

const VALIDATE_LIMIT = 10_000;

/** What Envoy itself has against a launch, or nothing; it binds no port and touches no shared memory for that. */
async function validationProblem(launch: Launch): Promise<string | undefined> {
  const validation = await validateEnvoy(launch, undefined, VALIDATE_LIMIT);
  if (validation === undefined) return `Envoy "${launch.binary}" did not validate it within ${VALIDATE_LIMIT / 1_000} s (--mode validate)`;
  if (validation.ok) return undefined;
  const refusal = refusalIn(validation.output);
  const own = refusal?.of === "configuration" ? ownText(launch.ownConfiguration) : "";
  return `Envoy refuses it: ${refusal?.reason ?? "it does not say why"}${own}`;
}

/** Whether there is memory for a second Envoy beside the current one. */
function memoryProblem(pid: number | undefined): string | undefined {
  const memory = readMemory();
  const envoy = pid === undefined ? undefined : anonymousMemoryIn(textIn(`/proc/${pid}/status`) ?? "");
  if (memory?.usage === undefined || envoy === undefined) return undefined;
  return headroomProblem({ limit: memory.limit, usage: memory.usage, envoy });
}

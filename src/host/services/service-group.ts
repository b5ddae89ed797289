import type { AgentContext, Service, ServiceContext, ServiceGroup, ServiceRow } from "../../commands/service.ts";
import { bugText, ConfigError } from "../../common/errors.ts";
import { STATUS } from "../../common/exit-status.ts";
import type { Log } from "../../common/notice.ts";
import { BUG } from "../../supervisor/supervise.ts";

interface Opened {
  readonly row: Pick<ServiceRow, "name" | "lasts" | "limit">;
  readonly service: Service;
  isInterrupted: boolean;
}

/** The services that were opened and have not ended, and the agent that they belong to. */
interface Group extends Pick<AgentContext, "log" | "push" | "strict"> {
  readonly opened: Opened[];
  /** The names of those that could not be opened. */
  readonly unopened: string[];
}

/** Creates a group without services. */
export function serviceGroup(rows: readonly ServiceRow[], agent: Pick<AgentContext, "log" | "push" | "strict">): ServiceGroup {
  const opened: Opened[] = [];
  const unopened: string[] = [];
  const group: Group = { ...agent, opened, unopened };
  const each = (act: (service: Service) => void) => {
    for (const { service } of opened) act(service);
  };
  return {
    async open(context) {
      for (const row of rows) if (row.wanted(context)) await open(group, row, context);
    },
    seen: (state) => each((service) => service.seen?.(state)),
    notify: (state) => each((service) => service.notify?.(state)),
    awaitsLive: () => opened.some(({ service }) => service.awaitsLive === true),
    reasons: () => opened.flatMap(({ service }) => service.notReady?.() ?? []),
    likelyCauses: () => opened.flatMap(({ service }) => service.likelyCause?.() ?? []),
    unopened: () => unopened,
    hasNameTable: () => opened.some(({ service }) => service.hasNameTable?.() === true),
    stop() {
      for (const entry of [...opened]) if (entry.row.lasts === "until-stop") interrupt(group, entry);
    },
    async end() {
      // A service uses only those that were opened before it.
      const left = opened.toReversed();
      for (const entry of left) interrupt(group, entry);
      await Promise.all(left.map((entry) => awaitEnd(group, entry)));
    },
  };
}

/** Opens a service; if that fails, its row decides what follows. */
async function open(group: Group, row: ServiceRow, context: ServiceContext): Promise<void> {
  let entry: Opened | undefined;
  // Failures of a service that was interrupted follow from that.
  const log: Log = (level, text) => (entry?.isInterrupted && level !== "info" && level !== "debug" ? undefined : group.log(level, text));
  try {
    const service = await row.open({ ...context, log });
    const added = { row, service, isInterrupted: false };
    entry = added;
    group.opened.push(added);
    service.ended.then(
      () => handleEnd(group, added),
      (error: unknown) => handleEnd(group, added, error),
    );
  } catch (error) {
    if (!(error instanceof ConfigError)) return reportBug(group, error);
    group.unopened.push(row.name);
    group.log(row.onFailure === "warning" ? "warn" : "error", error.message);
    if (row.onFailure === "fatal") fail(group, `the ${row.name} cannot be opened`);
    if (row.onFailure === "strict" && group.strict) fail(group, `the ${row.name} cannot be opened (--strict)`);
  }
}

function interrupt(group: Group, entry: Opened): void {
  if (entry.isInterrupted) return;
  entry.isInterrupted = true;
  try {
    entry.service.interrupt();
  } catch (error) {
    reportBug(group, error);
  }
}

function handleEnd(group: Group, entry: Opened, error?: unknown): void {
  group.opened.splice(group.opened.indexOf(entry), 1);
  if (error !== undefined && !(error instanceof ConfigError)) {
    reportBug(group, error);
    return;
  }
  if (error !== undefined) group.log("error", error.message);
  if (!entry.isInterrupted) fail(group, `the ${entry.row.name} has ended`);
}

/** Waits until an interrupted service has ended, at most for its time limit. */
async function awaitEnd({ log }: Group, { row: { name, limit }, service: { ended } }: Opened): Promise<void> {
  const late = Promise.withResolvers<"late">();
  const timer = setTimeout(() => late.resolve("late"), limit);
  const outcome = await Promise.race([ended.catch(() => {}), late.promise]);
  clearTimeout(timer);
  if (outcome === "late") log("warn", `The ${name} has not ended within ${limit / 1_000} s and is left`);
}

/** Requests the agent's stop. */
function fail({ push }: Group, why: string): void {
  push({ kind: "fail", status: STATUS.refused, why });
}

function reportBug({ log, push }: Group, error: unknown): void {
  log("error", bugText(error));
  push(BUG);
}

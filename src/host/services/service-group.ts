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

/** Creates a group without services. */
export function serviceGroup(
  rows: readonly ServiceRow[],
  { log, push, strict }: Pick<AgentContext, "log" | "push" | "strict">,
): ServiceGroup {
  const opened: Opened[] = [];
  const bug = (error: unknown) => {
    log("error", bugText(error));
    push(BUG);
  };
  const each = (act: (service: Service) => void) => {
    for (const { service } of opened) act(service);
  };
  const interrupt = (entry: Opened) => {
    if (entry.isInterrupted) return;
    entry.isInterrupted = true;
    try {
      entry.service.interrupt();
    } catch (error) {
      bug(error);
    }
  };
  const handleEnd = (entry: Opened, error?: unknown) => {
    opened.splice(opened.indexOf(entry), 1);
    if (error !== undefined && !(error instanceof ConfigError)) return bug(error);
    if (error !== undefined) log("error", error.message);
    if (!entry.isInterrupted) push({ kind: "fail", status: STATUS.refused, why: `the ${entry.row.name} has ended` });
  };
  /** Opens a service if it is wanted. Returns why the agent must not continue. */
  const open = async (row: ServiceRow, context: ServiceContext): Promise<string | undefined> => {
    if (!row.wanted(context)) return undefined;
    let entry: Opened | undefined;
    // Failures of a service that was interrupted follow from that.
    const own: Log = (level, text) => (entry?.isInterrupted && level !== "info" && level !== "debug" ? undefined : log(level, text));
    try {
      const service = await row.open({ ...context, log: own });
      const added = { row, service, isInterrupted: false };
      entry = added;
      opened.push(added);
      service.ended.then(
        () => handleEnd(added),
        (error: unknown) => handleEnd(added, error),
      );
    } catch (error) {
      if (!(error instanceof ConfigError)) {
        bug(error);
        return undefined;
      }
      if (row.onFailure === "fatal") return error.message;
      log(row.onFailure === "warning" ? "warn" : "error", error.message);
      if (row.onFailure === "strict" && strict)
        push({ kind: "fail", status: STATUS.refused, why: `the ${row.name} cannot be opened (--strict)` });
    }
    return undefined;
  };
  return {
    async open(context) {
      for (const row of rows) {
        const problem = await open(row, context);
        if (problem === undefined) continue;
        log("error", problem);
        push({ kind: "fail", status: STATUS.refused, why: `the ${row.name} cannot be opened` });
      }
    },
    seen: (state) => each((service) => service.seen?.(state)),
    notify: (state) => each((service) => service.notify?.(state)),
    awaitsLive: () => opened.some(({ service }) => service.awaitsLive === true),
    reasons: () => opened.flatMap(({ service }) => service.notReady?.() ?? []),
    likelyCauses: () => opened.flatMap(({ service }) => service.likelyCause?.() ?? []),
    hasNameTable: () => opened.some(({ service }) => service.hasNameTable?.() === true),
    stop() {
      for (const entry of [...opened]) if (entry.row.lasts === "until-stop") interrupt(entry);
    },
    async end() {
      // A service uses only those that were opened before it.
      const left = opened.toReversed();
      for (const entry of left) interrupt(entry);
      await Promise.all(left.map(({ row, service }) => awaitEnd(row, service, log)));
    },
  };
}

/** Waits until an interrupted service has ended, at most for its time limit. */
async function awaitEnd({ name, limit }: Opened["row"], { ended }: Service, log: Log): Promise<void> {
  const late = Promise.withResolvers<"late">();
  const timer = setTimeout(() => late.resolve("late"), limit);
  const outcome = await Promise.race([ended.catch(() => {}), late.promise]);
  clearTimeout(timer);
  if (outcome === "late") log("warn", `The ${name} has not ended within ${limit / 1_000} s and is left`);
}

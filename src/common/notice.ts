/** A log line produced by a pure stage; `host/` writes it. */
export interface Notice {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly text: string;
}

/** Writes one line of the agent's log. */
export type Log = (level: Notice["level"], text: string) => void;

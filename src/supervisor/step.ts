import { type Exit, exitStatus } from "../envoy/exit-status.ts";

/** What the supervisor knows of the one Envoy it looks after. */
export type State =
  | { readonly phase: "running"; readonly sent: readonly string[] }
  | { readonly phase: "stopping"; readonly sent: readonly string[] }
  | { readonly phase: "done"; readonly status: number };

export type Event =
  /** Somebody asks the agent to stop. */
  | { readonly kind: "terminate"; readonly signal: "SIGTERM" | "SIGINT" }
  /** Envoy had its time to stop. */
  | { readonly kind: "deadline" }
  | { readonly kind: "exited"; readonly exit: Exit };

export type Command =
  | { readonly kind: "signal"; readonly signal: "SIGTERM" | "SIGKILL" }
  | { readonly kind: "arm"; readonly milliseconds: number };

/** Time between SIGTERM and SIGKILL, in milliseconds (design §6, stop-timeout). */
export const STOP_TIMEOUT = 5_000;

export const INITIAL: State = { phase: "running", sent: [] };

/** The supervisor's one rule: the state after an event, and what is to be started. Commands only start; their ends come back as events. */
export function step(state: State, event: Event): readonly [State, readonly Command[]] {
  if (state.phase === "done") return [state, []];
  if (event.kind === "exited") return [{ phase: "done", status: exitStatus(event.exit, state.sent) }, []];
  if (event.kind === "terminate" && state.phase === "running")
    // At a terminal Ctrl-C reaches Envoy as well as the agent.
    return [
      { phase: "stopping", sent: event.signal === "SIGINT" ? ["SIGINT", "SIGTERM"] : ["SIGTERM"] },
      [
        { kind: "signal", signal: "SIGTERM" },
        { kind: "arm", milliseconds: STOP_TIMEOUT },
      ],
    ];
  if (event.kind === "deadline" && state.phase === "stopping")
    return [{ ...state, sent: [...state.sent, "SIGKILL"] }, [{ kind: "signal", signal: "SIGKILL" }]];
  return [state, []];
}

import { epochsOf, type Stage } from "../../src/supervisor/stage.ts";
import { type Event, INITIAL, type State, type Timer } from "../../src/supervisor/state.ts";
import { step } from "../../src/supervisor/step.ts";
import type { Supervision } from "../../src/supervisor/supervision.ts";
import { exited, INTERRUPT, live, READY, RULES, renew, TERMINATE, timer } from "./support.ts";

/** Stage, number of epochs and which are live: `-` is not live, `L` is, oldest first; `0`: none. */
export type Shape = `${Stage["kind"]} ${string}`;

export function shapeOf({ stage }: State): Shape {
  return `${stage.kind} ${
    epochsOf(stage)
      .map((epoch) => (epoch.live ? "L" : "-"))
      .join("") || "0"
  }`;
}

const HOT_RESTART = [live(0), renew(), READY];
const RETIRING = [...HOT_RESTART, live(1)];
const DELAYED = { preDrainDelay: 2_000 };

/** Events that lead to every shape, and the rules they require. */
export const WAYS = {
  "running -": { events: [] },
  "running L": { events: [live(0)] },
  "preparing L": { events: [live(0), renew()] },
  "starting L-": { events: HOT_RESTART },
  "retrying L": { events: [...HOT_RESTART, exited(1, 1)] },
  "retiring LL": { events: RETIRING },
  "clearing -": { events: [...HOT_RESTART, exited(0, null, "SIGSEGV")] },
  "clearing L": { events: [...RETIRING, exited(1, null, "SIGSEGV")] },
  "waiting 0": { events: [exited(0, 1)], rules: { restart: "on-failure" } },
  "delaying -": { events: [TERMINATE], rules: DELAYED },
  "delaying L": { events: [live(0), TERMINATE], rules: DELAYED },
  "delaying L-": { events: [...HOT_RESTART, TERMINATE], rules: DELAYED },
  "delaying LL": { events: [...RETIRING, TERMINATE], rules: DELAYED },
  "draining -": { events: [TERMINATE] },
  "draining L": { events: [live(0), TERMINATE] },
  "draining L-": { events: [...HOT_RESTART, TERMINATE] },
  "draining LL": { events: [...RETIRING, TERMINATE] },
  "stopping -": { events: [TERMINATE, timer("hold")] },
  "stopping L": { events: [live(0), TERMINATE, timer("hold")] },
  "stopping L-": { events: [...HOT_RESTART, TERMINATE, timer("hold")] },
  "stopping LL": { events: [...RETIRING, TERMINATE, timer("hold")] },
  "done 0": { events: [exited(0, 3)] },
} as const satisfies Record<Shape, { readonly events: readonly Event[]; readonly rules?: Partial<Supervision> }>;

export type KnownShape = keyof typeof WAYS;

const EVERY_TIMER: Readonly<Record<Timer, true>> = {
  delay: true,
  hold: true,
  count: true,
  budget: true,
  kill: true,
  live: true,
  retire: true,
  backoff: true,
  steady: true,
  retry: true,
};

export const TIMERS = Object.keys(EVERY_TIMER) as readonly Timer[]; // the keys of the record above

/** Returns every event possible in a state: for its epochs, and for one that does not exist. */
function eventsIn({ stage }: State): readonly Event[] {
  const numbers = [...epochsOf(stage).map(({ number }) => number), 99];
  return [
    ...([TERMINATE, INTERRUPT, { kind: "quit" }, { kind: "drain" }, renew(), renew("configuration"), READY] as const),
    ...([
      { kind: "prepared", outcome: "unchanged" },
      { kind: "prepared", outcome: "failed" },
      { kind: "counted", connections: 0 },
      { kind: "counted", connections: "failed" },
      { kind: "fail", status: 70, why: "a bug" },
    ] as const),
    ...TIMERS.map(timer),
    ...numbers.flatMap((number): readonly Event[] => [
      live(number),
      exited(number, 0),
      exited(number, null, "SIGSEGV"),
      { kind: "not-started", epoch: number, problem: "cannot", status: 127 },
    ]),
  ];
}

const FIRST_EPOCHS = 5;

/** Returns every shape reachable by any sequence of events under all kinds of rules, up to a number of epochs. */
export function reachableShapes(): ReadonlySet<string> {
  const shapes = new Set<string>();
  for (const restart of ["never", "on-failure"] as const)
    for (const preDrainDelay of [0, 2_000])
      for (const quitDrains of [false, true]) explore({ ...RULES, restart, preDrainDelay, quitDrains }, shapes);
  return shapes;
}

function explore(rules: Supervision, shapes: Set<string>): void {
  const known = new Set<string>();
  let states: readonly State[] = [INITIAL];
  while (states.length > 0) {
    const fresh = states.filter((state) => {
      const { stage, isPreparing, wanted, drained } = state;
      const key = JSON.stringify([stage.kind, epochsOf(stage).map(({ number, live }) => [number, live]), isPreparing, wanted, drained]);
      if (known.has(key)) return false;
      known.add(key);
      shapes.add(shapeOf(state));
      return true;
    });
    states = fresh
      .flatMap((state) => eventsIn(state).map((event) => step(rules, state, event)[0]))
      .filter(({ stage }) => epochsOf(stage).every(({ number }) => number < FIRST_EPOCHS));
  }
}

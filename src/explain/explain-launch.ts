import { ConfigError } from "../common/errors.ts";
import type { JsonObject } from "../go/json-value.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Change } from "./compare.ts";
import { type ExplainedPath, explainPath } from "./explain-path.ts";
import type { Input } from "./input.ts";
import { type JointEffect, jointEffects } from "./joint-effects.ts";
import type { Launch, PlanLaunch } from "./launch.ts";
import { type Path, selectPaths } from "./paths.ts";
import { reasonsFor, type WithoutEffect } from "./reasons.ts";
import type { Bound } from "./search.ts";
import { selectedPaths } from "./selected-paths.ts";
import { hasEffect, type Trials, trialsOf } from "./trials.ts";

/** The values that people ask for most. A start may have only some of them. */
const COMMON_PATHS: readonly string[] = [
  "node.id",
  "node.cluster",
  "node.locality",
  "proxyConfig.discoveryAddress",
  "proxyConfig.concurrency",
  "proxyConfig.drainDuration",
  "admin.address.socket_address.port_value",
  "agent.services.status.port",
  "argv[-l]",
  "envoy.binary",
];

/** An input with what its absence changes. */
export interface Effect {
  readonly input: Input;
  readonly changes: readonly Change[];
  /** Why a start without it is refused; absent if it is not. */
  readonly refused?: readonly string[];
}

/** The answer of `explain`. */
export interface Explanation {
  readonly values: readonly ExplainedPath[];
  /** Every input with an effect; absent unless all are asked for. */
  readonly effects?: readonly Effect[];
  /** What inputs change only together; empty unless it is asked for. */
  readonly joint: readonly JointEffect[];
  readonly withoutEffect: readonly WithoutEffect[];
  /** The inputs without which the start is refused. */
  readonly required: readonly Effect[];
  /** How many pairs of inputs were not tried, because the time was over. */
  readonly untried: number;
}

/** What is asked. */
export interface ExplainRequest {
  readonly launch: Launch;
  readonly inputs: readonly Input[];
  readonly profile: Profile;
  readonly plan: PlanLaunch;
  /** The patterns of the paths to explain; empty: the common ones. */
  readonly patterns: readonly string[];
  readonly all: boolean;
  /** Whether to look for what inputs change only together. */
  readonly joint: boolean;
  readonly now: () => number;
}

/** The time for trials without two inputs, in milliseconds: for overviews, and for single values. */
const PAIR_TIME = { overview: 300, values: 60 } as const;
/** The number of such trials that are made however long they take. */
const LEAST_TRIALS = 40;

/** Explains a launch by planning it again without each input. @throws ConfigError if it is refused; UsageError for a path without a value */
export async function explainLaunch({ launch, inputs, profile, plan, patterns, all, joint, now }: ExplainRequest): Promise<Explanation> {
  const trials = await trialsOf(launch, plan);
  if (trials.complete.kind === "refused") throw new ConfigError("Cannot explain a start that is refused", trials.complete.problems);
  const { document } = trials.complete;
  const paths = patterns.length > 0 ? patterns.flatMap((pattern) => selectedPaths(document, pattern)) : all ? [] : commonPaths(document);
  const effects = await effectsOf(inputs, trials);
  const effective = effects.map(({ input }) => input);
  const bound = boundOf(trials, now, patterns.length === 0 ? PAIR_TIME.overview : PAIR_TIME.values);
  const values: ExplainedPath[] = [];
  for (const path of paths) values.push(await explainPath(path, inputs, trials, bound));
  const idle = inputs.filter((input) => !effective.includes(input));
  const shown = all || patterns.length === 0 ? idle : relatedTo(idle, paths);
  const reasons = await reasonsFor(shown, { effective, profile, trials, bound, shadowed: shadowedIn(values) });
  const together = joint ? await jointEffects(inputs, trials, { now, until: now() + PAIR_TIME.overview }) : { found: [], untried: 0 };
  return {
    values,
    ...(all ? { effects } : {}),
    joint: together.found,
    withoutEffect: reasons.found,
    required: effects.filter(({ refused }) => refused !== undefined),
    untried: reasons.untried + together.untried + values.reduce((sum, { untried }) => sum + untried, 0),
  };
}

/** Returns a time limit that begins now. At least some trials are made, so that an answer on a busy machine is not empty. */
function boundOf({ planned }: Trials, now: () => number, time: number): Bound {
  const [start, least] = [now(), planned() + LEAST_TRIALS];
  return { now: () => (planned() < least ? start : now()), until: start + time };
}

/** Returns the inputs that were found as shadowed when values were explained. */
function shadowedIn(values: readonly ExplainedPath[]): ReadonlyMap<Input, Input> {
  return new Map(
    values.flatMap(({ dependencies }) =>
      dependencies.flatMap(({ input: by, shadows }) => shadows.map(({ input }) => [input, by] as const)),
    ),
  );
}

async function effectsOf(inputs: readonly Input[], trials: Trials): Promise<readonly Effect[]> {
  const found: Effect[] = [];
  for (const input of inputs) {
    const trial = await trials.without([input]);
    if (!hasEffect(trial)) continue;
    const { outcome, changes } = trial;
    found.push({ input, changes, ...(outcome.kind === "refused" ? { refused: outcome.problems } : {}) });
  }
  return found;
}

function commonPaths(document: JsonObject): readonly Path[] {
  return COMMON_PATHS.flatMap((pattern) => selectPaths(document, pattern).slice(0, 1));
}

/** Returns the inputs whose names a path contains: the ones that a person expected to change it. */
function relatedTo(inputs: readonly Input[], paths: readonly Path[]): readonly Input[] {
  const texts = paths.map((path) => path.map(({ name }) => plain(name)));
  return inputs.filter(({ name, field }) => {
    const own = plain(field ?? name);
    return own.length > 2 && texts.some((steps) => steps.some((step) => step === own || (step.length > 3 && own.includes(step))));
  });
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

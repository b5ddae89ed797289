import { ConfigError, UsageError } from "../common/errors.ts";
import { isObject } from "../go/json.ts";
import type { JsonObject, JsonValue } from "../go/json-value.ts";
import { parseDocument } from "../inputs/document.ts";
import type { Inputs } from "../inputs/inputs.ts";
import type { Answers, Question } from "../inputs/questions.ts";
import { makePlan, questionsOf } from "../launch/make-plan.ts";
import type { AgentPlan, EpochPlan } from "../launch/plan.ts";
import { finishConfig } from "../profiles/finish-config.ts";
import type { Invocation } from "../profiles/invocation.ts";
import type { Profile } from "../profiles/profile.ts";
import { readSettings } from "../profiles/read-settings.ts";
import type { Settings } from "../profiles/settings.ts";
import { encodeMessage } from "../settings/encode.ts";
import type { Outcome } from "./launch.ts";
import { partSharing } from "./share-parts.ts";

/** Answers the questions of a plan. */
export type Ask = (questions: readonly Question[], inputs: Inputs) => Promise<Answers>;

/** Plans a start by the code of `proxy`. */
export type PlanDocument = (profile: Profile, invocation: Invocation, inputs: Inputs) => Promise<Outcome>;

/**
 * Returns a function that plans starts and returns each as one document: the members of the bootstrap, and beside them `argv`, `proxyConfig`,
 * `agent` and `envoy`.
 */
export function documentPlanner(ask: Ask): PlanDocument {
  const make = documentMaker();
  return (profile, invocation, inputs) => planDocument({ profile, invocation, inputs }, ask, make);
}

type Parse = (text: string) => unknown;

async function planDocument(
  { profile, invocation, inputs }: { readonly profile: Profile; readonly invocation: Invocation; readonly inputs: Inputs },
  ask: Ask,
  make: ReturnType<typeof documentMaker>,
): Promise<Outcome> {
  try {
    const settings = readSettings(profile, invocation, inputs);
    return { kind: "planned", document: make(await plannedStart({ profile, invocation, settings, inputs }, ask)) };
  } catch (error) {
    if (error instanceof ConfigError || error instanceof UsageError) return { kind: "refused", problems: error.problems };
    throw error;
  }
}

/** A planned start, with what it was made of. */
export interface PlannedStart {
  readonly profile: Profile;
  readonly invocation: Invocation;
  readonly settings: Settings;
  readonly answers: Answers;
  readonly agent: AgentPlan;
  readonly epoch: EpochPlan;
}

/** Plans a start by the code of `proxy`, up to its first epoch. @throws ConfigError, UsageError */
export async function plannedStart(
  { profile, invocation, settings, inputs }: Pick<PlannedStart, "profile" | "invocation" | "settings"> & { readonly inputs: Inputs },
  ask: Ask,
): Promise<PlannedStart> {
  const answers = await ask(questionsOf(profile, settings), inputs);
  const plan = makePlan(profile, settings, answers);
  return { profile, invocation, settings, answers, agent: plan.agent, epoch: plan.epoch(0) };
}

/** Returns a function that makes a document of a planned start. Parts that several have in common are the same objects. */
export function documentMaker(): (start: PlannedStart) => JsonObject {
  const share = partSharing();
  const parse = parsedOnce();
  return ({ profile, invocation, settings, answers, agent, epoch }) => {
    const { config } = finishConfig(profile, settings, answers);
    const { strict, exec, exitStatus } = invocation.switches;
    return share({
      ...bootstrapOf(epoch, parse),
      argv: argvOf(epoch),
      proxyConfig: encodeMessage(profile.proxyConfig.schema, config, false),
      agent: { ...agentOf(agent, parse), log: invocation.log, switches: { strict, exec, exitStatus } },
      envoy: envoyOf(epoch),
    });
  };
}

/** Returns the members of the bootstrap. One that only Envoy reads is not part of the document. */
function bootstrapOf({ bootstrap }: EpochPlan, parse: Parse): Readonly<Record<string, unknown>> {
  const parsed = bootstrap === undefined ? undefined : parse(bootstrap);
  return isObject(parsed) ? parsed : {};
}

/** Returns the options of Envoy by name; a switch is true, a repeated option a list. */
export function argvOf({ options }: Pick<EpochPlan, "options">): JsonObject {
  const found: Record<string, JsonValue> = {};
  for (const { name, value = true } of options) {
    const before = found[name];
    found[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return found;
}

function agentOf(agent: AgentPlan, parse: Parse): object {
  const { notices: _, services, ...others } = agent;
  const { grpcBootstrap, ...read } = services;
  // The file of gRPC applications is compared by its members.
  const written = grpcBootstrap && { path: grpcBootstrap.path, document: parse(grpcBootstrap.text) };
  return { ...others, services: { ...read, ...(written && { grpcBootstrap: written }) } };
}

/** Returns a function that parses each generated document once. */
function parsedOnce(): Parse {
  const known = new Map<string, unknown>();
  return (text) => {
    if (!known.has(text)) known.set(text, parsedOr(text));
    return known.get(text);
  };
}

/** Returns a generated document, or its text if it cannot be read. Only the template of a person may make anything but JSON. */
function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const parsed = parseDocument(text);
    return parsed.ok ? parsed.value : text;
  }
}

function envoyOf({ binary, configFile, environment, user, files, removals }: EpochPlan): object {
  const written = files.map(({ path, mode }) => ({ name: path, mode: mode.toString(8) }));
  return { binary, configFile, environment: environment.set, ...(user === undefined ? {} : { user }), files: written, removals };
}

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
import { encodeMessage } from "../settings/encode.ts";
import type { Outcome } from "./launch.ts";
import { partSharing, type ShareParts } from "./share-parts.ts";

/** Answers the questions of a plan. */
export type Ask = (questions: readonly Question[], inputs: Inputs) => Promise<Answers>;

/** Plans a start by the code of `proxy`. */
export type PlanDocument = (profile: Profile, invocation: Invocation, inputs: Inputs) => Promise<Outcome>;

/**
 * Returns a function that plans starts and returns each as one document: the members of the bootstrap, and beside them `argv`, `proxyConfig`,
 * `agent` and `envoy`.
 */
export function documentPlanner(ask: Ask): PlanDocument {
  const share = partSharing();
  const parse = parsedOnce();
  return (profile, invocation, inputs) => planDocument({ profile, invocation, inputs }, { ask, share, parse });
}

interface Planning {
  readonly ask: Ask;
  readonly share: ShareParts;
  readonly parse: (text: string) => unknown;
}

async function planDocument(
  { profile, invocation, inputs }: { readonly profile: Profile; readonly invocation: Invocation; readonly inputs: Inputs },
  { ask, share, parse }: Planning,
): Promise<Outcome> {
  try {
    const settings = readSettings(profile, invocation, inputs);
    const answers = await ask(questionsOf(profile, settings), inputs);
    const plan = makePlan(profile, settings, answers);
    const { config } = finishConfig(profile, settings, answers);
    const epoch = plan.epoch(0);
    const { strict, exec, exitStatus } = invocation.switches;
    const document = {
      ...bootstrapOf(epoch, parse),
      argv: argvOf(epoch),
      proxyConfig: encodeMessage(profile.proxyConfig.schema, config, false),
      agent: { ...agentOf(plan.agent, parse), log: invocation.log, switches: { strict, exec, exitStatus } },
      envoy: envoyOf(epoch),
    };
    return { kind: "planned", document: share(document) };
  } catch (error) {
    if (error instanceof ConfigError) return { kind: "refused", problems: error.problems };
    if (error instanceof UsageError) return { kind: "refused", problems: error.problems };
    throw error;
  }
}

/** Returns the members of the bootstrap. One that only Envoy reads is not part of the document. */
function bootstrapOf({ bootstrap }: EpochPlan, parse: Planning["parse"]): Readonly<Record<string, unknown>> {
  const parsed = bootstrap === undefined ? undefined : parse(bootstrap);
  return isObject(parsed) ? parsed : {};
}

/** Returns the options of Envoy by name; a switch is true, a repeated option a list. */
function argvOf({ options }: EpochPlan): JsonObject {
  const found: Record<string, JsonValue> = {};
  for (const { name, value = true } of options) {
    const before = found[name];
    found[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return found;
}

function agentOf(agent: AgentPlan, parse: Planning["parse"]): object {
  const { notices: _, services, ...others } = agent;
  const { grpcBootstrap, ...read } = services;
  // The file of gRPC applications is compared by its members.
  const written = grpcBootstrap && { path: grpcBootstrap.path, document: parse(grpcBootstrap.text) };
  return { ...others, services: { ...read, ...(written && { grpcBootstrap: written }) } };
}

/** Returns a function that parses each generated document once. */
function parsedOnce(): Planning["parse"] {
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

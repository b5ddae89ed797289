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

/** Answers the questions of a plan. */
export type Ask = (questions: readonly Question[], inputs: Inputs) => Promise<Answers>;

/**
 * Plans a start and returns it as one document: the members of the bootstrap, and beside them `argv`, `proxyConfig`, `agent` and `envoy`.
 * The code is that of `proxy`.
 */
export async function planDocument(profile: Profile, invocation: Invocation, inputs: Inputs, ask: Ask): Promise<Outcome> {
  try {
    const settings = readSettings(profile, invocation, inputs);
    const answers = await ask(questionsOf(profile, settings), inputs);
    const plan = makePlan(profile, settings, answers);
    const { config } = finishConfig(profile, settings, answers);
    const epoch = plan.epoch(0);
    const { strict, exec, exitStatus } = invocation.switches;
    const document = {
      ...bootstrapOf(epoch),
      argv: argvOf(epoch),
      proxyConfig: encodeMessage(profile.proxyConfig.schema, config, false),
      agent: { ...agentOf(plan.agent), log: invocation.log, switches: { strict, exec, exitStatus } },
      envoy: envoyOf(epoch),
    };
    return { kind: "planned", document: plainJson(document) };
  } catch (error) {
    if (error instanceof ConfigError) return { kind: "refused", problems: error.problems };
    if (error instanceof UsageError) return { kind: "refused", problems: error.problems };
    throw error;
  }
}

/** Returns the members of the bootstrap. One that only Envoy reads is not part of the document. */
function bootstrapOf({ bootstrap }: EpochPlan): Readonly<Record<string, unknown>> {
  const parsed = bootstrap === undefined ? undefined : parsedOr(bootstrap);
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

function agentOf(agent: AgentPlan): object {
  const { notices: _, services, ...others } = agent;
  const { grpcBootstrap, ...read } = services;
  // The file of gRPC applications is compared by its members.
  const written = grpcBootstrap && { path: grpcBootstrap.path, document: parsedOr(grpcBootstrap.text) };
  return { ...others, services: { ...read, ...(written && { grpcBootstrap: written }) } };
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

/** Returns a value as plain JSON: functions are left out, numbers too large for JSON are texts. */
function plainJson(value: object): JsonObject {
  const text = JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? String(each) : each));
  // JSON.parse has no type; the text is that of an object.
  return JSON.parse(text) as JsonObject;
}

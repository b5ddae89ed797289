import { type EnvoyOption, optionValue } from "../envoy/options.ts";
import { asJson } from "../explain/as-json.ts";
import { complaintsIn } from "../explain/envoy-complaint.ts";
import type { Documents } from "../explain/envoy-documents.ts";
import { logFilesIn, mapLogFiles } from "../explain/envoy-log-files.ts";
import { type Examination, type ExamineDocuments, examine } from "../explain/examine.ts";
import { argvOf } from "../explain/plan-document.ts";
import type { Bound } from "../explain/search.ts";
import type { JsonValue } from "../go/json-value.ts";
import { parseDocument } from "../inputs/document.ts";
import type { EpochPlan } from "../launch/plan.ts";
import type { EnvoyCheck, Host } from "./host.ts";

/** What is examined, and with which Envoy. */
export interface Examined {
  readonly epoch: EpochPlan;
  /** The text of the configuration that `-c` names. */
  readonly text: string;
  readonly binary: string;
  /** Whether the proxy is on another machine. */
  readonly isElsewhere: boolean;
}

/** An examination, and the documents that the places in it are of. */
export interface EpochExamination extends Examination {
  readonly binary: string;
  readonly documents: Documents;
}

type ExaminingHost = Pick<Host, "answerQuestions" | "readInputs" | "readEnvironment">;

/** Lets Envoy validate an epoch. Nothing is written but a private copy of the configuration. */
export async function examineEpoch(examined: Examined, check: EnvoyCheck, host: ExaminingHost, bound: Bound): Promise<EpochExamination> {
  const { documents, ask } = await questionsTo(examined, check, host);
  return { ...(await examine(documents, ask, examined.isElsewhere, bound)), documents, binary: examined.binary };
}

/** Reports whether Envoy accepts an epoch. */
export async function acceptsEpoch(examined: Examined, check: EnvoyCheck, host: ExaminingHost): Promise<boolean> {
  const { documents, ask } = await questionsTo(examined, check, host);
  const found = await ask(documents);
  return !("why" in found) && found.every(({ level }) => level !== "error");
}

/** Returns the documents of an epoch, and what lets Envoy examine changed ones. */
async function questionsTo(
  { epoch, text, binary, isElsewhere }: Examined,
  check: EnvoyCheck,
  host: ExaminingHost,
): Promise<{ readonly documents: Documents; readonly ask: ExamineDocuments }> {
  const override = optionValue(epoch.options, "--config-yaml");
  const own = { bootstrap: documentIn(text), override: override === undefined ? undefined : documentIn(override) };
  const replaced = await logFileReplacements([own.bootstrap, own.override], isElsewhere, host);
  const map = (document: JsonValue | undefined) =>
    document === undefined ? undefined : mapLogFiles(document, (path) => replaced.get(path) ?? path);
  const documents: Documents = {
    argv: argvOf({ options: epoch.options.filter(({ name }) => name !== "-c" && name !== "--config-yaml") }),
    bootstrap: map(own.bootstrap),
    ...(override === undefined ? {} : { override: map(own.override) }),
  };
  // Unchanged documents are given as they are, so that Envoy reads them with its own parsers.
  const textOf = (name: "bootstrap" | "override", now: Documents, original: string | undefined) => {
    if (now[name] === documents[name] && (replaced.size === 0 || documents[name] === undefined)) return original;
    return now[name] === undefined ? undefined : JSON.stringify(now[name]);
  };
  const ask: ExamineDocuments = async (now) => {
    const options = optionsWith(epoch.options, textOf("override", now, override));
    const asked = textOf("bootstrap", now, text) ?? "{}";
    const [, suffix = "json"] = asked === text ? (/\.(\w+)$/.exec(epoch.configFile) ?? []) : [];
    const isOwnFile = asked === text && epoch.bootstrap === undefined && !isElsewhere;
    const answer = await check.validate({
      epoch: { ...epoch, binary, options },
      ...(isOwnFile ? {} : { bootstrap: { text: asked, suffix } }),
    });
    return "why" in answer ? answer : complaintsIn(answer.output, answer.ok);
  };
  return { documents, ask };
}

/** Returns the options with another override. The level of Envoy's log must be one at which it says what is wrong. */
function optionsWith(options: readonly EnvoyOption[], override: string | undefined): readonly EnvoyOption[] {
  return options.flatMap((option): readonly EnvoyOption[] => {
    if (option.name === "--config-yaml") return override === undefined ? [] : [{ ...option, value: override }];
    return option.name === "-l" && /^(?:off|critical|error)$/.test(option.value ?? "") ? [{ ...option, value: "warning" }] : [option];
  });
}

function documentIn(text: string): JsonValue | undefined {
  const parsed = parseDocument(text);
  if (!parsed.ok || parsed.value === undefined) return undefined;
  return asJson(parsed.value);
}

/**
 * Returns what replaces the log files that Envoy would create, as it does even when it only validates. Where the directory does not exist,
 * Envoy says so and creates nothing.
 */
async function logFileReplacements(
  documents: readonly (JsonValue | undefined)[],
  isElsewhere: boolean,
  host: ExaminingHost,
): Promise<ReadonlyMap<string, string>> {
  const paths = [...new Set(documents.flatMap(logFilesIn))];
  if (paths.length === 0) return new Map();
  const parentOf = (path: string) => path.replace(/[^/]*$/, "") || ".";
  const answers = await host.answerQuestions(
    paths.flatMap((path) => [
      { kind: "stat", path },
      { kind: "stat", path: parentOf(path) },
    ]),
    host.readInputs(host.readEnvironment(), ""),
  );
  const isCreated = (path: string) =>
    path !== "" && answers.stat(path) === "missing" && (isElsewhere || answers.stat(parentOf(path)) === "directory");
  return new Map(paths.filter(isCreated).map((path) => [path, "/dev/null"]));
}

import { hasOldOptions } from "../envoy/adapt.ts";
import { refusalHint } from "../envoy/end-hints.ts";
import type { CheckedLaunch, CheckLaunch } from "../explain/check-launch.ts";
import type { Complaint } from "../explain/envoy-complaint.ts";
import { isUnknownField, type LocatedComplaint, shownPlace } from "../explain/examine.ts";
import type { Cause, Finding, Rule } from "../explain/finding.ts";
import type { Input } from "../explain/input.ts";
import type { Launch } from "../explain/launch.ts";
import { maskedValue } from "../explain/masked-value.ts";
import { pathText } from "../explain/paths.ts";
import type { EnvoyVersion } from "../inputs/questions.ts";
import { maskSecrets } from "../secrets/mask.ts";
import type { CauseFinder } from "./cause-finder.ts";
import type { CommandCall } from "./command.ts";
import { binaryOf, fitted, versionOf } from "./envoy-to-ask.ts";
import { acceptsEpoch, type EpochExamination, examineEpoch } from "./examine-epoch.ts";
import type { ValidateFlags } from "./flags.ts";
import type { EnvoyCheck, Host } from "./host.ts";
import type { Subject, SubjectHost } from "./subject.ts";

/** Which Envoy validated the configuration; `why`: there is no answer. */
export interface EnvoyUsed {
  readonly path?: string;
  /** Its version, if it is not the proxy's own Envoy. */
  readonly version?: string;
  readonly checked: boolean;
  readonly why?: string;
}

/** What is needed to ask Envoy and to trace what it says. */
export interface EnvoySearch {
  readonly subject: Subject;
  readonly call: CommandCall<ValidateFlags>;
  readonly launch: Launch;
  readonly complete: CheckedLaunch;
  readonly checkStart: CheckLaunch;
  readonly causes: CauseFinder;
  readonly check: EnvoyCheck;
  readonly host: SubjectHost & Pick<Host, "clock" | "readEnvironment">;
}

interface EnvoyFindings {
  readonly envoy: EnvoyUsed;
  readonly findings: readonly Finding[];
}

/** The time for tracing complaints whose place Envoy does not name, in milliseconds. */
const TRACE_TIME = 5_000;

/** Lets Envoy validate a planned start, and returns its complaints with their causes. */
export async function envoyFindings(search: EnvoySearch): Promise<EnvoyFindings> {
  const { complete, subject, causes, check, host } = search;
  const { planned } = complete;
  if (planned === undefined) return { envoy: { checked: false, why: "the start is refused before" }, findings: [] };
  if (planned.agent.withoutEnvoy) return { envoy: { checked: false, why: "DISABLE_ENVOY is set, so Envoy is not started" }, findings: [] };
  const binary = await binaryOf(search);
  if ("finding" in binary)
    return { envoy: { checked: false, why: binary.finding.message.replace(/^Not checked by Envoy: /, "") }, findings: [binary.finding] };
  const { answers } = planned;
  const version = binary.isAdaptedTo ? await versionOf(binary.path, search) : undefined;
  const epoch = fitted(planned.epoch, version);
  const read = epoch.bootstrap === undefined ? answers.read(epoch.configFile) : undefined;
  const text = epoch.bootstrap ?? (read?.kind === "text" ? read.text : "");
  if (read !== undefined && read.kind !== "text")
    return subject.isElsewhere
      ? notChecked(`"${epoch.configFile}", which it reads unchanged, is not here`, "unknown", binary.path)
      : await unreadable(epoch.configFile, read.kind === "missing" ? "no such file or directory" : read.reason, causes);
  const bound = { now: host.clock.now, until: host.clock.now() + TRACE_TIME };
  const examination = await examineEpoch({ epoch, text, binary: binary.path, isElsewhere: subject.isElsewhere }, check, host, bound);
  const findings = await Promise.all(examination.complaints.map((each) => findingOf(each, { ...examination, version }, search)));
  const known = withoutTemplates(findings.flat());
  if (examination.why === undefined)
    return { envoy: { path: binary.path, ...(version && !binary.isOwn && { version: version.text }), checked: true }, findings: known };
  const ended = notChecked(examination.why, "error", binary.path);
  return { envoy: ended.envoy, findings: [...known, ...ended.findings] };
}

/** Returns the finding about a configuration that Envoy would read unchanged, but cannot. */
async function unreadable(file: string, reason: string, causes: CauseFinder): Promise<EnvoyFindings> {
  const message = `Cannot read "${file}": ${reason}`;
  const found = await causes.ofPlace({ document: "argv", steps: ["-c"] }, { argv: { "-c": file } }, {});
  const finding: Finding = {
    rule: "envoy-configuration",
    level: "error",
    message,
    path: "argv[-c]",
    value: file,
    causes: found,
    notes: [],
  };
  return { envoy: { checked: false, why: message }, findings: [finding] };
}

function notChecked(why: string, level: Finding["level"], path: string): EnvoyFindings {
  const finding: Finding = {
    rule: "not-checked",
    level,
    message: `Envoy "${path}" did not validate the configuration: ${why}`,
    causes: [],
    notes: [],
  };
  return { envoy: { path, checked: false, why }, findings: [finding] };
}

/** An examination by an Envoy, whose version is known if the start was not planned for it. */
type Answer = EpochExamination & { readonly version: EnvoyVersion | undefined };

async function findingOf(located: LocatedComplaint, examination: Answer, search: EnvoySearch): Promise<readonly Finding[]> {
  const { complaint, lack, places } = located;
  const { subject, complete, causes } = search;
  const isUnknown = lack !== undefined && subject.isElsewhere;
  const hint = refusalHint(
    { of: complaint.of, reason: complaint.words },
    { runsOldContract: hasOldOptions(complete.planned?.epoch.options ?? []) },
  );
  const position = complaint.clue.kind === "syntax" ? { line: complaint.clue.line, column: complaint.clue.column } : undefined;
  const base = {
    rule: ruleOf(complaint, lack === "file" && !/^Failed to load /.test(complaint.words)),
    level: isUnknown ? "unknown" : complaint.level,
    message: isUnknown ? `Cannot be known here: ${complaint.words}` : complaint.words,
  } as const;
  const common = [
    ...(hint === undefined ? [] : [hint]),
    ...(examination.isPartial && complaint.level === "error" && !isUnknown ? [STOPS] : []),
  ];
  const isCause = async (input: Input) => await accepts(input, search, examination);
  if (places.length === 0) return [{ ...base, causes: [], notes: [UNTRACED, ...common] }];
  return await Promise.all(
    places.map(async (place): Promise<Finding> => {
      const { path, value } = shownPlace(examination.documents, place);
      const isTemplate = complaint.clue.kind === "deprecated" && place.document === "bootstrap" && !hasOwnBootstrap(complete);
      const found = isTemplate
        ? []
        : await causes.ofPlace(place, examination.documents, {
            ...(position === undefined ? {} : { at: position }),
            ...(complaint.level === "error" && !isUnknown ? { isCause } : {}),
          });
      const whole = pathText(place.document === "argv" ? [{ name: "argv", isItem: false }, ...path] : path);
      return {
        ...base,
        ...(whole === "" ? {} : { path: whole }),
        ...(value === undefined || typeof value === "object" ? {} : { value: maskedValue(path, value) }),
        causes: found,
        notes: [...noteOn(place.document, found, search), ...common],
      };
    }),
  );
}

const STOPS = "Envoy stops at its first problem: there may be more";
const UNTRACED = "Envoy names no place, and no single part of the configuration is the cause";

function noteOn(document: string, causes: readonly Cause[], { complete }: EnvoySearch): readonly string[] {
  if (document === "override")
    return ["Envoy merges the override into the bootstrap: its lists are appended, other values replace those of the bootstrap"];
  const release = complete.planned?.agent.profile ?? "";
  return causes.length > 0 ? [] : [`no input: it is part of ${release}`];
}

function ruleOf(complaint: Complaint, isMissingFile: boolean): Rule {
  if (complaint.of === "arguments") return "envoy-arguments";
  if (complaint.clue.kind === "deprecated") return "envoy-deprecated-field";
  if (isUnknownField(complaint)) return "envoy-unknown-field";
  if (isMissingFile) return "envoy-missing-file";
  return complaint.level === "warning" ? "envoy-warning" : "envoy-configuration";
}

/** Reports whether Envoy accepts the start without an input. */
async function accepts(input: Input, search: EnvoySearch, { binary, version }: Answer): Promise<boolean> {
  const { launch, checkStart, subject, check, host } = search;
  const { planned } = await checkStart(input.without(launch));
  const epoch = planned && fitted(planned.epoch, version);
  const text = epoch?.bootstrap;
  if (epoch === undefined || text === undefined) return false;
  return await acceptsEpoch({ epoch, text, binary, isElsewhere: subject.isElsewhere }, check, host);
}

/** Reports whether the bootstrap is a person's own, not that of the release. */
function hasOwnBootstrap({ planned }: CheckedLaunch): boolean {
  return planned?.epoch.ownConfiguration.some(({ kind }) => kind !== "override") ?? false;
}

/** Deprecated fields of a release's own template are one note, as nobody can change them. */
function withoutTemplates(findings: readonly Finding[]): readonly Finding[] {
  const isOwn = ({ rule, causes }: Finding) => rule === "envoy-deprecated-field" && causes.length === 0;
  const own = findings.filter(isOwn);
  if (own.length === 0) return findings;
  const words = [...new Set(own.map(({ message }) => message.replace(/^deprecated field /, "")))];
  const note: Finding = {
    rule: "envoy-deprecated-field",
    level: "note",
    message: maskSecrets(`The template of the release has fields that Envoy will remove: ${words.join(", ")}`),
    causes: [],
    notes: [],
  };
  return [...findings.filter((each) => !isOwn(each)), note];
}

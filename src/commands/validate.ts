import { mustBe } from "../cli/switches.ts";
import { UsageError } from "../common/errors.ts";
import { STATUS } from "../common/exit-status.ts";
import { visibleText } from "../common/visible-text.ts";
import { askOnce } from "../explain/ask-once.ts";
import { type CheckedLaunch, type CheckLaunch, launchChecker } from "../explain/check-launch.ts";
import { countFindings, type Finding } from "../explain/finding.ts";
import { findingsText, type Report } from "../explain/findings-text.ts";
import type { Launch } from "../explain/launch.ts";
import { listInputs } from "../explain/list-inputs.ts";
import { ownFindings } from "../explain/own-findings.ts";
import { sarifLog } from "../explain/sarif.ts";
import { environmentOf } from "../inputs/environment.ts";
import { withNames } from "../pod/unknown.ts";
import { causeFinder } from "./cause-finder.ts";
import type { CommandCall } from "./command.ts";
import { envoyFindings } from "./envoy-findings.ts";
import { VALIDATE_FLAGS, type ValidateFlags } from "./flags.ts";
import type { Host } from "./host.ts";
import { lineWarnings } from "./line-warnings.ts";
import { launchOf, launchReader, titleOf, unknownsText } from "./plan-subject.ts";
import { type Subject, type SubjectHost, splitPositionals, subjectOf } from "./subject.ts";

type ValidateHost = SubjectHost & Pick<Host, "print" | "clock" | "openEnvoyCheck" | "readEnvironment" | "build">;

const OUTPUTS: readonly string[] = ["text", "json", "sarif"];

/** Prints what is wrong with the settings and the bootstrap of a proxy; the status is 1 if there is an error. @throws UsageError, ConfigError */
export async function validate(call: CommandCall<ValidateFlags>, host: ValidateHost): Promise<number> {
  const { flags, switches } = call.invocation;
  const output = flags.string("output");
  if (!OUTPUTS.includes(output)) throw new UsageError(mustBe("output", OUTPUTS, output));
  const own = VALIDATE_FLAGS.map(({ name }) => name);
  const subject = subjectOf(call, splitPositionals(call).role, own, host);
  const check = await host.openEnvoyCheck();
  try {
    const found = await Promise.race([findingsOf(subject, call, host, check), check.stopped]);
    if (typeof found === "number") return found;
    const { error, warning } = countFindings(found.findings);
    const isOk = error === 0 && (!switches.strict || warning === 0);
    const report = { ...found, isOk };
    host.print(visibleText(withNames(textOf(output, report, host.build.version), report.unknowns)));
    return isOk ? STATUS.stopped : STATUS.found;
  } finally {
    check.close();
  }
}

function textOf(output: string, report: Report, version: string): string {
  if (output === "sarif") return `${JSON.stringify(sarifLog(report, version), null, 2)}\n`;
  if (output === "text") return `${findingsText(report)}${unknownsText(report.unknowns)}`;
  const { of, profile, isOk, envoy, findings, unknowns } = report;
  return `${JSON.stringify({ of, profile, ok: isOk, envoy, findings: findings.map(shownFinding), unknown: unknowns }, null, 2)}\n`;
}

/** Returns a finding as `-o json` prints it. */
function shownFinding({ rule, level, message, path, value, causes, notes }: Finding) {
  const inputs = causes.map(({ input, at }) => ({ input: input.label, value: input.value, ...at }));
  return {
    rule,
    level,
    message,
    ...(path === undefined ? {} : { path }),
    ...(value === undefined ? {} : { value }),
    inputs,
    notes,
  };
}

async function findingsOf(
  subject: Subject,
  call: CommandCall<ValidateFlags>,
  host: ValidateHost,
  check: Awaited<ReturnType<Host["openEnvoyCheck"]>>,
): Promise<Omit<Report, "isOk">> {
  const { launch, line } = launchOf(subject);
  const { profile } = line.choice;
  const read = subject.readInputs(environmentOf(launch.variables), line.invocation.flags.string("meshConfig"));
  const inputs = listInputs(launch, read, profile.proxyConfig.annotations);
  const checkStart = checkerOf(subject);
  const complete = await checkStart(launch);
  const causes = causeFinder({ subject, launch, inputs, complete, check: checkStart, host });
  const findings: Finding[] = [
    ...lineWarnings(subject, line, call),
    ...(await ownFindings(launch, inputs, complete, checkStart, causes.ofInput)),
  ];
  const envoy = await envoyFindings({ subject, call, launch, complete, checkStart, causes, check, host });
  return {
    of: subject.name,
    profile: profile.name,
    title: titleOf(subject.name, profile),
    envoy: envoy.envoy,
    findings: [...findings, ...envoy.findings],
    unknowns: subject.unknowns(),
  };
}

/** Returns how launches of a subject are checked. The machine is asked each question once. */
function checkerOf({ readInputs, answerQuestions }: Subject): CheckLaunch {
  const readLaunch = launchReader(readInputs);
  const check = launchChecker(askOnce(answerQuestions));
  return async (launch: Launch): Promise<CheckedLaunch> => {
    try {
      const { profile, invocation, inputs } = readLaunch(launch);
      return await check(profile, invocation, inputs);
    } catch (error) {
      if (error instanceof UsageError) return { outcome: { kind: "refused", problems: error.problems }, warnings: [] };
      throw error;
    }
  };
}

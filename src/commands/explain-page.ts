import { ConfigError, UsageError } from "../common/errors.ts";
import { type Page, pageText, renderPage } from "../explain/page/page.ts";
import type { PageSource } from "../explain/page/page-source.ts";
import type { CommandCall } from "./command.ts";
import { explainable } from "./explain-subject.ts";
import { EXPLAIN_FLAGS, type ExplainFlags } from "./flags.ts";
import type { Host } from "./host.ts";
import { limitsText } from "./plan-subject.ts";
import { reportNotices } from "./report-notices.ts";
import { fileSubject, givenValues, processSubject, type Subject, type SubjectHost, splitPositionals, subjectOf } from "./subject.ts";

/** What the page is written with. */
export type PageHost = SubjectHost & Pick<Host, "print" | "clock" | "openLog" | "writeDocument">;

const STANDARD_OUTPUT = "-";

/** Writes one launch, or two side by side, as a page. @throws UsageError, ConfigError */
export async function explainPage(file: string, call: CommandCall<ExplainFlags>, host: PageHost): Promise<number> {
  const { role, others } = splitPositionals(call);
  const [path] = others;
  if (path !== undefined) throw new UsageError(`Cannot show only "${path}" on a page, which has every value; leave it out`);
  if (call.invocation.flags.given("output")) throw new UsageError("Cannot use --output together with --html");
  const sources: PageSource[] = [];
  for (const subject of subjectsOf(call, role, host)) sources.push(await sourceOf(subject, host));
  const [first] = sources;
  if (first !== undefined && sources.every(({ outcome }) => outcome.kind === "refused"))
    throw new ConfigError("Cannot explain a start that is refused", first.outcome.kind === "refused" ? first.outcome.problems : []);
  const page = renderPage(sources);
  await writePage(page, file, sources.length > 1, call, host);
  return 0;
}

async function writePage(page: Page, file: string, isPair: boolean, call: CommandCall, host: PageHost): Promise<void> {
  const counts = pageText(page, isPair);
  if (file === STANDARD_OUTPUT) {
    host.print(page.html);
    reportNotices([{ level: "info", text: `Wrote a page with ${counts}` }], call.invocation.log, host);
    return;
  }
  const failure = await host.writeDocument(file, page.html);
  if (failure !== undefined) throw new UsageError(`Cannot write "${file}": ${failure}`);
  host.print(`Wrote "${file}": ${counts}\n`);
}

/** Returns what the page shows: one proxy, or two if sources or --profile are given twice. The files come first. */
function subjectsOf(call: CommandCall, role: string | undefined, host: SubjectHost): readonly Subject[] {
  const profiles = givenValues("profile", call);
  // Each side gets its own release.
  const own = [...EXPLAIN_FLAGS.map(({ name }) => name), ...(profiles.length > 1 ? ["profile"] : [])];
  const sources = [
    ...givenValues("from-file", call).map((file) => () => fileSubject(file, call, role, own, host)),
    ...givenValues("from-pid", call).map((pid) => () => processSubject(pid, call, role, own, host)),
  ];
  const count = Math.max(sources.length, profiles.length, 1);
  if (count > 2) throw new UsageError(`Cannot show ${count} launches side by side; give --from-file, --from-pid or --profile twice`);
  // What is given once is that of both sides.
  return Array.from({ length: count }, (_, side) => {
    const open = sources[side] ?? sources[0];
    const subject = count === 1 || open === undefined ? subjectOf(call, role, own, host) : open();
    const profile = profiles.length > 1 ? profiles[side] : undefined;
    return profile === undefined ? subject : { ...subject, argv: [...subject.argv, `--profile=${profile}`] };
  });
}

async function sourceOf(subject: Subject, host: PageHost): Promise<PageSource> {
  const { plan, launch, profile, explain } = explainable(subject, host.clock);
  const outcome = await plan(launch);
  const explanation = outcome.kind === "refused" ? undefined : await explain({ patterns: [], all: true, joint: true });
  const limits = limitsText(subject.limits).trimEnd();
  return {
    name: subject.name,
    profile: profile.name,
    ...(limits === "" ? {} : { note: limits }),
    outcome,
    ...(explanation === undefined ? {} : { explanation }),
    unknowns: subject.unknowns(),
  };
}

import type { Cause, Finding } from "../explain/finding.ts";
import type { Input } from "../explain/input.ts";
import type { PlannedStart } from "../explain/plan-document.ts";
import type { FileRead } from "../inputs/inputs.ts";
import type { MeshPlan } from "../mesh/mesh-plan.ts";
import { maskSecrets } from "../secrets/mask.ts";
import type { Subject } from "./subject.ts";

/** What is needed to look at files that a start does not read. */
interface MeshFiles {
  readonly subject: Subject;
  readonly inputs: readonly Input[];
  readonly ofInput: (input: Input) => Cause;
}

/**
 * Returns the warnings that an agent logs only when it uses files of its mesh: a token that cannot be sent, and a directory in which
 * certificates cannot be written. Files of another machine are not known.
 */
export async function meshFileFindings(
  planned: PlannedStart | undefined,
  { subject, inputs, ofInput }: MeshFiles,
): Promise<readonly Finding[]> {
  const mesh = planned?.agent.services.mesh;
  if (mesh === undefined || subject.isElsewhere) return [];
  const paths = tokensOf(mesh);
  const directory = mesh.sds?.output?.directory;
  const questions = [
    ...paths.map((path) => ({ kind: "read", path }) as const),
    ...(directory === undefined ? [] : [{ kind: "stat", path: directory } as const]),
  ];
  const answers = await subject.answerQuestions(questions, subject.readInputs(subject.environment, ""));
  const tokens = paths.flatMap((path) => {
    const problem = tokenProblem(answers.read(path));
    return problem === undefined ? [] : [warning(`Cannot use token "${path}", connecting without it: ${problem}`, [])];
  });
  const stat = directory === undefined ? "directory" : answers.stat(directory);
  if (stat === "directory") return tokens;
  const reason = stat === "missing" ? "no such file or directory" : "not a directory";
  const causes = inputs.filter(({ name }) => name === "OUTPUT_CERTS").map(ofInput);
  return [...tokens, warning(`Cannot write certificates to "${directory}" (OUTPUT_CERTS): ${reason}`, causes)];
}

/** Returns the files of tokens that are needed: with a client certificate, a connection may do without one. */
function tokensOf({ sds, xds }: MeshPlan): readonly string[] {
  const paths = [sds?.ca, xds].flatMap((plan) =>
    plan?.token.kind === "file" && plan.endpoint.tls?.client === undefined ? [plan.token.path] : [],
  );
  return [...new Set(paths)];
}

function tokenProblem(file: FileRead): string | undefined {
  if (file.kind === "missing") return "no such file or directory";
  if (file.kind === "unreadable") return file.reason;
  return file.text.trim() === "" ? "it is empty" : undefined;
}

function warning(text: string, causes: readonly Cause[]): Finding {
  return { rule: "attache-warning", level: "warning", message: maskSecrets(text), causes, notes: [] };
}

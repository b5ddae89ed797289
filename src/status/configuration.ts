import { ConfigError } from "../common/errors.ts";
import { parseGoJson } from "../go/json.ts";
import { positionIn } from "../inputs/document.ts";
import type { Member, ReportProblem } from "./go-members.ts";

/**
 * Parses a variable that holds JSON as Go's decoder does; `read` converts the document. Each problem is reported with its position.
 * @throws ConfigError
 */
export function readConfiguration<T>(variable: string, text: string, read: (document: Member, report: ReportProblem) => T): T {
  const parsed = parseGoJson(text);
  if (!parsed.ok) throw new ConfigError(`Cannot use ${variable}`, [`it is not JSON: ${parsed.error}`]);
  const problems: string[] = [];
  const result = read({ value: parsed.value, path: [] }, ({ path }, problem) => {
    problems.push(path.length === 0 ? problem : `${path.join(" > ")} ${problem}${positionIn(text, path)}`);
  });
  if (problems.length > 0) throw new ConfigError(`Cannot use ${variable}`, problems);
  return result;
}

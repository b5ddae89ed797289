import { ConfigError } from "../common/errors.ts";
import { parseGoJson } from "../go/json.ts";
import { positionIn } from "../inputs/document.ts";
import type { Complain, Member } from "./go-members.ts";

/**
 * Reads a variable that holds JSON, as Go's decoder would, with `read` taking it apart. Every refusal names the place.
 * @throws ConfigError
 */
export function readConfiguration<T>(variable: string, text: string, read: (document: Member, complain: Complain) => T): T {
  const parsed = parseGoJson(text);
  if (!parsed.ok) throw new ConfigError(`Cannot use ${variable}`, [`it is not JSON: ${parsed.error}`]);
  const problems: string[] = [];
  const result = read({ value: parsed.value, path: [] }, ({ path }, problem) => {
    problems.push(path.length === 0 ? problem : `${path.join(" > ")} ${problem}${positionIn(text, path)}`);
  });
  if (problems.length > 0) throw new ConfigError(`Cannot use ${variable}`, problems);
  return result;
}

import { parseGoJson } from "../go/json.ts";
import { positionIn } from "../inputs/document.ts";
import { ConfigError } from "../inputs/errors.ts";
import type { Complain, Member } from "./go-members.ts";
import { jsonFault } from "./json-position.ts";

/**
 * Reads a variable that holds JSON, as Go's decoder would, with `read` taking it apart. Every refusal names the place.
 * @throws ConfigError
 */
export function readConfiguration<T>(variable: string, text: string, read: (document: Member, complain: Complain) => T): T {
  const fault = jsonFault(text);
  const parsed = parseGoJson(text);
  if (fault !== undefined || !parsed.ok)
    throw new ConfigError(`Cannot use ${variable}`, [
      fault === undefined
        ? `it is not JSON${parsed.ok ? "" : `: ${parsed.error}`}`
        : `it is not JSON (line ${fault.line}, column ${fault.column}): expected ${fault.expected}`,
    ]);
  const problems: string[] = [];
  const result = read({ value: parsed.value, path: [] }, ({ path }, problem) => {
    problems.push(path.length === 0 ? problem : `${path.join(" > ")} ${problem}${positionIn(text, path)}`);
  });
  if (problems.length > 0) throw new ConfigError(`Cannot use ${variable}`, problems);
  return result;
}

import type { Environment } from "../inputs/environment.ts";
import { invocationOf, type ProxyLine } from "./invocation-of.ts";

/** Reads the arguments of `proxy`. @throws UsageError */
export type InvocationReader = (argv: readonly string[], environment: Environment) => ProxyLine;

/** What was read last, with the values of the variables that decided it. */
interface Known {
  readonly words: string;
  readonly variables: ReadonlyMap<string, string | undefined>;
  readonly line: ProxyLine;
}

/** Returns a function that reads arguments anew only if they differ from the last ones, or a variable that was looked up for these. */
export function invocationReader(): InvocationReader {
  let last: Known | undefined;
  return (argv, environment) => {
    const words = argv.join("\0");
    if (last?.words === words && [...last.variables].every(([name, value]) => environment.lookup(name) === value)) return last.line;
    const variables = new Map<string, string | undefined>();
    const lookup = (name: string) => {
      const value = environment.lookup(name);
      variables.set(name, value);
      return value;
    };
    const line = invocationOf(argv, { ...environment, get: lookup, lookup });
    last = { words, variables, line };
    return line;
  };
}

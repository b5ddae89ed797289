import { ConfigError } from "../../common/errors.ts";

/** Refuses a start. @throws ConfigError */
export function refuse(summary: string, problems: readonly string[], status = 255): never {
  throw new ConfigError(summary, problems, status);
}

import type { Switches } from "../cli/switches.ts";
import { ConfigError } from "../common/errors.ts";
import { XDS_FILE_NAMES } from "../envoy/xds-file-names.ts";
import { joinPath } from "../go/path.ts";
import type { Answers, Question } from "../inputs/questions.ts";

/** Returns the questions for the files of `--xds file:DIR`, without which Envoy exits at once. */
export function xdsFileQuestions({ xds }: Switches): readonly Question[] {
  return xds.kind === "file" ? pathsOf(xds.directory).map((path) => ({ kind: "stat", path })) : [];
}

/** @throws ConfigError if a file does not exist */
export function requireXdsFiles(directory: string, answers: Answers): void {
  const missing = pathsOf(directory).filter((path) => answers.stat(path) === "missing");
  if (missing.length > 0)
    throw new ConfigError(
      `Cannot use --xds file:${directory} (ATTACHE_XDS)`,
      missing.map((path) => `"${path}" does not exist; with no resources it must contain "resources: []"`),
    );
}

function pathsOf(directory: string): readonly string[] {
  return XDS_FILE_NAMES.map((name) => joinPath(directory, name));
}

import type { Environment } from "../../inputs/environment.ts";
import { type Inputs, POD_ANNOTATIONS_PATH, POD_LABELS_PATH } from "../../inputs/inputs.ts";
import { readFile, readRegularFile } from "../files/read-file.ts";
import { readInterfaces } from "./read-interfaces.ts";

/** Takes the snapshot of the machine that a start works on: environment, fixed files, interfaces. */
export function readInputs(environment: Environment, meshConfigPath: string): Inputs {
  const override = environment.get("ISTIO_BOOTSTRAP_OVERRIDE") ?? "";
  return Object.freeze({
    environment,
    files: {
      // As for pilot-agent, this may be a pipe, such as the output of a command.
      meshConfig: readFile(meshConfigPath),
      labels: readRegularFile(POD_LABELS_PATH),
      annotations: readRegularFile(POD_ANNOTATIONS_PATH),
      ...(override === "" ? {} : { override: readRegularFile(override) }),
    },
    interfaces: readInterfaces(),
    uid: process.getuid?.() ?? 0,
  });
}

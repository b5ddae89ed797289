import { ConfigError } from "../common/errors.ts";
import { environmentOf } from "../inputs/environment.ts";
import type { FileRead } from "../inputs/inputs.ts";
import type { LaunchSource, SourceOptions } from "./launch-source.ts";
import type { PodFile } from "./mounted-files.ts";
import { describedMachine, offlineAnswers } from "./offline-answers.ts";
import { savedInterfaces } from "./pod-interfaces.ts";
import { PROXY_USER, podSource } from "./pod-source.ts";
import { locateInEnvironment, readSavedEnvironment } from "./saved-environment.ts";
import { collectUnknowns } from "./unknown.ts";

/** Files that a saved environment does not contain. */
const FILES = { name: "labels, annotations and mounted files", origin: "the machine on which the environment was saved" } as const;
/** The files that every injector mounts, and without which a start is refused. */
const INJECTED: readonly string[] = [
  "/var/run/secrets/istio/root-cert.pem",
  "/var/run/secrets/tokens/istio-token",
  "/var/run/secrets/kubernetes.io/serviceaccount/token",
];

/** Returns a file of the machine on which an environment was saved: those of the injector are there, others are taken as missing. */
function injectedFile(path: string): PodFile {
  return INJECTED.includes(path) ? { kind: "unknown", origin: FILES.origin, exists: true } : { kind: "missing" };
}

/** Reads a manifest or a saved environment. `file` is its name in messages. @throws ConfigError */
export function readSource(file: string, text: string, options: SourceOptions = {}): LaunchSource {
  const plain = text.startsWith("\ufeff") ? text.slice(1) : text;
  if (plain.trim() === "") throw new ConfigError(`Cannot use "${file}"`, ["it is empty"]);
  if (isUtf16(plain)) throw new ConfigError(`Cannot use "${file}"`, ["it is in UTF-16; save it as UTF-8"]);
  const pairs = readSavedEnvironment(plain);
  return pairs === undefined ? podSource(file, plain, options) : environmentSource(file, plain, pairs, options);
}

/** Reports whether a text that was read as UTF-8 is in UTF-16, as some shells write it. */
function isUtf16(text: string): boolean {
  return /^\ufffd\ufffd/.test(text) && text.includes("\0");
}

function environmentSource(
  file: string,
  text: string,
  pairs: readonly (readonly [string, string])[],
  { meshConfig }: SourceOptions,
): LaunchSource {
  const unknowns = collectUnknowns();
  unknowns.add(FILES);
  unknowns.add({ name: "arguments", origin: "the command line of the process", standIn: "proxy" });
  const environment = environmentOf(pairs);
  const interfaces = savedInterfaces(environment.lookup("INSTANCE_IP"), unknowns);
  const missing: FileRead = { kind: "missing" };
  return {
    name: `saved environment "${file}"`,
    argv: ["proxy"],
    environment,
    readInputs: (variables) => ({
      environment: variables,
      files: {
        meshConfig: meshConfig === undefined ? missing : { kind: "text", text: meshConfig },
        labels: missing,
        annotations: missing,
      },
      interfaces,
      uid: PROXY_USER,
    }),
    answerQuestions: (questions) => offlineAnswers(questions, describedMachine(injectedFile, "/", unknowns)),
    locate: ({ kind, name }) => (kind === "variable" ? locateInEnvironment(file, text, name) : undefined),
    locateFile: () => undefined,
    unknowns: unknowns.list,
  };
}

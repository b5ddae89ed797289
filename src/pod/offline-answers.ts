import { formatIp, parseIp, unmap } from "../go/ip.ts";
import { bad, ok } from "../go/parsed.ts";
import { type Answers, answersFrom, keyOf, NO_CLOUD, type Question } from "../inputs/questions.ts";
import { fileRead, type PodFile } from "./mounted-files.ts";
import { STAND_IN_ADDRESS, type Unknowns } from "./unknown.ts";

/** What answers questions without the machine that they are about. */
export interface OfflineMachine {
  /** Returns a file by its absolute path. */
  readonly file: (path: string) => PodFile;
  readonly directory: string;
  readonly unknowns: Unknowns;
}

/** Answers questions as far as a file can; what it cannot is collected as unknown. */
export function offlineAnswers(questions: readonly Question[], machine: OfflineMachine): Answers {
  return answersFrom(new Map(questions.map((question) => [keyOf(question), answerTo(question, machine)])));
}

/** Returns the absolute path of a file that is named relative to a working directory. */
export function absolutePath(directory: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${directory}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

function answerTo(question: Question, machine: OfflineMachine): unknown {
  const { unknowns, directory } = machine;
  switch (question.kind) {
    case "read":
      return fileRead(fileAt(question.path, machine));
    case "stat": {
      const file = fileAt(question.path, machine);
      return file.kind === "text" || (file.kind === "unknown" && file.exists) ? "file" : "missing";
    }
    case "lookup":
      return lookup(question.host, unknowns);
    case "socket":
      // No server listens before the pod is started, except one that another container or the node provides.
      fileAt(question.path, machine);
      return "absent";
    case "platform":
      if (question.clouds.length > 0) unknowns.add({ name: "platform metadata", origin: "the metadata service of the cloud" });
      return NO_CLOUD;
    case "project-id":
      unknowns.add({ name: "project ID", origin: "the metadata service of the cloud" });
      return bad("the metadata service is not asked");
    case "directory":
      return directory;
    case "base-id":
      unknowns.add({ name: "--base-id", origin: "the other Envoys of the machine", standIn: "0" });
      return 0;
    case "installed-envoy":
      return question.path;
    case "envoy-version":
      unknowns.add({ name: "version of Envoy", origin: `"${question.binary}" in the image` });
      return bad("the image is not read");
  }
}

/** Returns a file, and collects it if its text is not known. */
function fileAt(path: string, { file, directory, unknowns }: OfflineMachine): PodFile {
  const absolute = absolutePath(directory, path);
  const found = file(absolute);
  if (found.kind === "unknown") unknowns.add({ name: `file "${absolute}"`, origin: found.origin });
  return found;
}

function lookup(host: string, unknowns: Unknowns): unknown {
  const ip = parseIp(host);
  if (ip !== undefined) return ok([formatIp(unmap(ip))]);
  unknowns.add({ name: `address of ${host}`, origin: `address of ${host}`, standIn: STAND_IN_ADDRESS.lookup });
  return ok([STAND_IN_ADDRESS.lookup]);
}

import { formatIp, parseIp, unmap } from "../go/ip.ts";
import { bad, ok } from "../go/parsed.ts";
import { certificateProblem } from "../inputs/certificate-problem.ts";
import type { FileRead } from "../inputs/inputs.ts";
import { type Answers, answersFrom, keyOf, NO_CLOUD, type Question, type SocketState, type Stat } from "../inputs/questions.ts";
import { fileRead, type PodFile } from "./mounted-files.ts";
import { STAND_IN_ADDRESS, type Unknowns } from "./unknown.ts";

/** What answers questions without the machine that they are about. Paths are absolute. */
export interface OfflineMachine {
  readonly read: (path: string) => FileRead;
  readonly stat: (path: string) => Stat;
  /** Returns why a file has no certificates; undefined if its text is not known. */
  readonly certificates: (path: string) => string | undefined;
  readonly socket: (path: string) => SocketState;
  /** Returns the program at a path, or the `envoy` that is installed. */
  readonly program: (path: string) => string | undefined;
  readonly directory: string;
  readonly unknowns: Unknowns;
}

/** Returns the machine that a manifest or a saved environment describes; `file` returns a file by its absolute path. */
export function describedMachine(file: (path: string) => PodFile, directory: string, unknowns: Unknowns): OfflineMachine {
  const fileAt = (path: string): PodFile => {
    const found = file(path);
    if (found.kind === "unknown") unknowns.add({ name: `file "${path}"`, origin: found.origin });
    return found;
  };
  return {
    read: (path) => fileRead(fileAt(path)),
    stat: (path) => {
      const found = fileAt(path);
      return found.kind === "text" || (found.kind === "unknown" && found.exists) ? "file" : "missing";
    },
    certificates: (path) => {
      const found = fileAt(path);
      return found.kind === "unknown" ? undefined : certificateProblem(fileRead(found));
    },
    socket: (path) => {
      // No server listens before the pod is started, except one that another container or the node provides.
      fileAt(path);
      return "absent";
    },
    program: (path) => path,
    directory,
    unknowns,
  };
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
      return machine.read(absolutePath(directory, question.path));
    case "stat":
      return machine.stat(absolutePath(directory, question.path));
    case "certificates":
      return machine.certificates(absolutePath(directory, question.path));
    case "lookup":
      return lookup(question.host, unknowns);
    case "socket":
      return machine.socket(absolutePath(directory, question.path));
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
      return machine.program(question.path);
    case "envoy-version":
      unknowns.add({ name: "version of Envoy", origin: `"${question.binary}", which is not run` });
      return bad("Envoy is not run");
  }
}

function lookup(host: string, unknowns: Unknowns): unknown {
  const ip = parseIp(host);
  if (ip !== undefined) return ok([formatIp(unmap(ip))]);
  unknowns.add({ name: `address of ${host}`, origin: `address of ${host}`, standIn: STAND_IN_ADDRESS.lookup });
  return ok([STAND_IN_ADDRESS.lookup]);
}

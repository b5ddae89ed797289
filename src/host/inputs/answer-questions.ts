import { formatIp, parseIp, unmap } from "../../go/ip.ts";
import { bad, ok, type Parsed } from "../../go/parsed.ts";
import { certificateProblem } from "../../inputs/certificate-problem.ts";
import type { Inputs } from "../../inputs/inputs.ts";
import { type Answers, answersFrom, keyOf, NO_CLOUD, type Question } from "../../inputs/questions.ts";
import { fileType, readRegularFile, readSmallFile, reasonOf } from "../files/read-file.ts";
import { possibleClouds } from "./possible-clouds.ts";

const LOOKUP_LIMIT = 15_000;
/** Milliseconds: what delays this program delays Envoy's start too, and without its version an Envoy that needs another launch rejects it. */
const VERSION_LIMIT = 30_000;

/** Answers every question once. Those that wait do so in parallel, each with its own timeout. */
export async function answerQuestions(questions: readonly Question[], inputs: Inputs): Promise<Answers> {
  const known = new Map<string, unknown>();
  const waiting: Promise<void>[] = [];
  for (const question of questions) {
    const key = keyOf(question);
    if (known.has(key)) continue;
    const answer = answerTo(question, inputs);
    known.set(key, answer);
    if (answer instanceof Promise) waiting.push(answer.then((value: unknown) => void known.set(key, value)));
  }
  if (waiting.length > 0) await Promise.all(waiting);
  return answersFrom(known);
}

function answerTo(question: Question, inputs: Inputs): unknown {
  switch (question.kind) {
    case "read":
      return readRegularFile(question.path);
    case "stat":
      return fileType(question.path);
    case "certificates":
      return certificateProblem(readSmallFile(question.path));
    case "lookup":
      return lookup(question.host);
    case "socket": {
      // Upstream leaves a regular file at the path of a socket alone.
      const found = fileType(question.path);
      return found === "missing" || found === "file"
        ? "absent"
        : import("./probe-socket.ts").then(({ probeSocket }) => probeSocket(question.path));
    }
    case "platform": {
      const { ipv6 } = question;
      const clouds = question.clouds.length === 0 ? [] : possibleClouds(question.clouds, ipv6, inputs);
      return clouds.length === 0
        ? NO_CLOUD
        : import("./cloud.ts").then(({ discoverCloud, searchOf }) => discoverCloud(clouds, searchOf(ipv6, inputs)));
    }
    case "project-id":
      return import("./cloud.ts").then(({ gceProjectId }) => gceProjectId(inputs));
    case "directory":
      return process.cwd();
    case "base-id":
      return import("../envoy/free-base-id.ts").then(({ ownBaseId }) => ownBaseId({ ...question, agent: process.pid }));
    case "installed-envoy":
      return installedEnvoy(question.path, inputs);
    case "envoy-version": {
      const { binary, orInstalled } = question;
      const found = orInstalled ? (installedEnvoy(binary, inputs) ?? binary) : binary;
      return import("../envoy/envoy-version.ts").then(({ envoyVersion }) => envoyVersion(found, VERSION_LIMIT));
    }
  }
}

/** Returns the path where something exists there, else `envoy` on PATH. */
function installedEnvoy(path: string, { environment }: Inputs): string | undefined {
  return fileType(path) === "missing" ? (Bun.which("envoy", { PATH: environment.get("PATH") ?? "" }) ?? undefined) : path;
}

/** Looks up the addresses of a host; an IP address needs no lookup. */
function lookup(host: string): Parsed<readonly string[]> | Promise<Parsed<readonly string[]>> {
  const ip = parseIp(host);
  if (ip !== undefined) return ok([formatIp(unmap(ip))]);
  const limit = new Promise<Parsed<never>>((resolve) =>
    setTimeout(() => resolve(bad(`lookup of ${host} took more than 15 s`)), LOOKUP_LIMIT).unref(),
  );
  // The runtime throws for names that it does not look up, such as the empty one.
  const found = Promise.try(() => Bun.dns.lookup(host, {})).then(
    (entries) => ok(entries.map(({ address }) => address)),
    (error: unknown) => bad(`lookup ${host}: ${reasonOf(error)}`),
  );
  return Promise.race([found, limit]);
}

import { posix } from "node:path";
import type { Host } from "../../src/commands/host.ts";
import { parseIp } from "../../src/go/ip.ts";
import { bad, ok, type Parsed } from "../../src/go/parsed.ts";
import { startFailure } from "../../src/host/envoy/start-failure.ts";
import { discoverCloud, type RequestMetadata } from "../../src/host/inputs/cloud.ts";
import { METADATA_ADDRESS } from "../../src/host/inputs/possible-clouds.ts";
import { certificateProblem } from "../../src/inputs/certificate-problem.ts";
import { environmentOf } from "../../src/inputs/environment.ts";
import { type FileRead, type Inputs, POD_ANNOTATIONS_PATH, POD_LABELS_PATH } from "../../src/inputs/inputs.ts";
import { answersFrom, type CloudQuery, keyOf, type Question, type SocketState, type Stat } from "../../src/inputs/questions.ts";
import type { AgentPlan, EpochPlan } from "../../src/launch/plan.ts";
import { possibleClouds } from "../../src/node/possible-clouds.ts";
import type { Event } from "../../src/supervisor/state.ts";
import { type Case, metadataText } from "./cases.ts";

export const PLACES = { "{{FAKE_ENVOY}}": "/fake/bin/envoy", "{{CWD}}": "/fake/w" };

/** The plan of a start, with all notices in the order of the log. */
export type Launched = AgentPlan & EpochPlan;

/** The machine of a recorded case in memory: files, interfaces, hosts and metadata server. Envoy exits as in the case. */
export function fakeHost(recorded: Case): {
  readonly host: Host;
  readonly launches: Launched[];
  readonly errors: string[];
  readonly warnings: string[];
} {
  const launches: Launched[] = [];
  let isStarted = false;
  const errors: string[] = [];
  const warnings: string[] = [];
  const environment = environmentOf(Object.entries(recorded.env ?? {}));
  const files = filesOf(recorded);
  const read = (path: string): FileRead => {
    const found = files.get(posix.resolve(PLACES["{{CWD}}"], path));
    return found === undefined
      ? { kind: "missing" }
      : found === null
        ? { kind: "unreadable", reason: "is a directory" }
        : { kind: "text", text: found };
  };
  const stat = (path: string): Stat => {
    const found = read(path).kind;
    return found === "text" ? "file" : found === "missing" ? "missing" : "directory";
  };
  const socket = (path: string): SocketState => {
    const isIn = (names: readonly string[] = []) => names.some((name) => posix.join(name) === posix.join(path));
    return isIn(recorded.sockets) ? "healthy" : isIn(recorded.deadsockets) ? "unresponsive" : "absent";
  };
  const ask = metadataOf(recorded);
  const platform = (queries: readonly CloudQuery[], ipv6: boolean, gceHost: string | undefined) => {
    const possible = possibleClouds(queries, {
      firmware: (name) => recorded.dmi?.[name]?.trim(),
      hypervisor: () => undefined,
      isReachable: () => recorded.http?.listen.startsWith(`${METADATA_ADDRESS}:`) ?? false,
      isGceHostSet: gceHost !== undefined,
    });
    return discoverCloud(possible, { ipv6, gceHost, ask });
  };
  const answerTo = (question: Question, inputs: Inputs): unknown => {
    const gceHost = inputs.environment.get("GCE_METADATA_HOST") || undefined;
    if (question.kind === "read") return read(question.path);
    if (question.kind === "stat") return stat(question.path);
    if (question.kind === "certificates") return certificateProblem(read(question.path));
    if (question.kind === "socket") return socket(question.path);
    if (question.kind === "base-id") return 7;
    if (question.kind === "installed-envoy") return question.path;
    if (question.kind === "envoy-version") return bad("nothing is run");
    if (question.kind === "lookup") return lookup(question.host, recorded);
    if (question.kind === "directory") return PLACES["{{CWD}}"];
    if (question.kind === "project-id") return projectId(ask, gceHost ?? METADATA_ADDRESS);
    return platform(question.clouds, question.ipv6, gceHost);
  };
  const host: Host = {
    build: { version: "0", commit: "0", date: "0", bun: "0" },
    readEnvironment: () => environment,
    readInputs: (given, meshConfig) => {
      const override = given.get("ISTIO_BOOTSTRAP_OVERRIDE") ?? "";
      return {
        environment: given,
        files: {
          meshConfig: read(meshConfig),
          labels: read(POD_LABELS_PATH),
          annotations: read(POD_ANNOTATIONS_PATH),
          ...(override === "" ? {} : { override: read(override) }),
        },
        interfaces: Object.entries({ lo: ["127.0.0.1/8"], ...(recorded.interfaces ?? { eth0: ["10.244.0.16/24"] }) }).flatMap(
          ([name, addresses]) =>
            asListed(addresses).map((address) => ({ name, address: address.split("/")[0] ?? "", loopback: name === "lo" })),
        ),
        uid: 0,
      };
    },
    readFile: read,
    readNamed: read,
    socketAgent: () => undefined,
    readProcess: () => bad("there is no such process"),
    answerQuestions: async (questions, inputs) => {
      const known = questions.map(async (question) => [keyOf(question), await answerTo(question, inputs)] as const);
      return answersFrom(new Map(await Promise.all(known)));
    },
    print: () => {},
    httpRequest: async () => ({ ok: false, error: "nothing to ask" }),
    clock: { now: () => 0, sleep: async () => {} },
    untilStopped: () => new Promise(() => {}),
    openJob: async () => {
      throw new Error("no job is run");
    },
    terminal: () => undefined,
    openLog: () => (level, text) => void (level === "error" ? errors : level === "warn" ? warnings : []).push(text),
    beginKey: () => () => new Promise(() => {}),
    writeFiles: () => {},
    removeFiles: () => {},
    writeDocument: async () => "nothing is written",
    countWorkers: async () => 2,
    openEnvoys: () => ({
      events: eventsOf(recorded),
      push: () => {},
      isStopRequested: () => false,
      suspend: () => {},
      signal: () => {},
      pid: () => undefined,
      start: (epoch) => {
        if (epoch.binary.startsWith("/no/such/")) return startFailure(epoch, Object.assign(new Error(), { code: "ENOENT" }));
        isStarted = true;
        return undefined;
      },
    }),
    leaveMessage: async () => undefined,
    execEnvoy: async () => ({ problem: "", status: 0 }),
    openMeshSockets: () => ({ sockets: {} }),
    openEnvoyCheck: async () => ({
      stopped: new Promise(() => {}),
      validate: async () => ({ why: "nothing is run" }),
      close: () => {},
    }),
    openTraffic: () => Promise.reject(new Error("not part of these cases")),
    openEffects: async ({ plan: { agent }, epoch }) => {
      if (isStarted) launches.push({ ...agent, ...epoch, notices: [...agent.notices, ...epoch.notices] });
      return { start: () => {}, seen: () => {}, bug: () => {}, end: async () => {} };
    },
  };
  return { host, launches, errors, warnings };
}

/** The addresses of an interface in the order the kernel lists them: IPv4, then IPv6 with the last one added first. */
function asListed(addresses: readonly string[]): readonly string[] {
  const isV6 = (address: string) => address.includes(":");
  return [...addresses.filter((address) => !isV6(address)), ...addresses.filter(isV6).reverse()];
}

/** The metadata service of a case, which responds only on its own address. */
function metadataOf({ http }: Case): RequestMetadata {
  return async (text) => {
    const url = new URL(text);
    if (http === undefined || url.host !== http.listen.replace(/:80$/, "")) return undefined;
    const found = metadataText(http, url);
    return { status: found === undefined ? 404 : 200, flavor: http.noflavor ? null : "Google", text: found ?? "not found\n" };
  };
}

async function projectId(ask: RequestMetadata, host: string): Promise<Parsed<string>> {
  const reply = await ask(`http://${host}/computeMetadata/v1/project/project-id`, {}, 0);
  return reply === undefined ? bad("network is unreachable") : ok(reply.text.trim());
}

function filesOf(recorded: Case): ReadonlyMap<string, string | null> {
  const relative = Object.entries(recorded.files ?? {}).map(
    ([path, text]) => [posix.resolve(PLACES["{{CWD}}"], path), typeof text === "string" ? text : null] as const,
  );
  return new Map([...relative, ...Object.entries(recorded.rootFiles ?? {})]);
}

function lookup(host: string, recorded: Case): unknown {
  const found = parseIp(host) === undefined ? recorded.hosts?.[host] : [host];
  return found === undefined ? bad(`lookup ${host}: no such host`) : ok(found);
}

async function* eventsOf({ envoy, signals }: Case): AsyncIterable<Event> {
  if (signals !== undefined) yield { kind: "terminate", signal: "SIGTERM" };
  const [kind, number = "0"] = (envoy?.mode ?? "exit:0").split(":");
  yield {
    kind: "exited",
    epoch: 0,
    exit: kind === "exit" ? { code: Number(number), signal: null } : { code: null, signal: kind === "sig" ? Number(number) : "SIGTERM" },
  };
}

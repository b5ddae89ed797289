import type { Host } from "../commands/host.ts";
import { OutputError } from "../common/errors.ts";
import { BUILD } from "./build-info.ts";
import { openEnvoys } from "./envoy/open-envoys.ts";
import { errorCode, readRegularFile, reasonOf } from "./files/read-file.ts";
import { removeFiles, writeFiles } from "./files/write-files.ts";
import { answerQuestions } from "./inputs/answer-questions.ts";
import { readEnvironment } from "./inputs/read-environment.ts";
import { readInputs } from "./inputs/read-inputs.ts";
import { openLog, writeAll } from "./log.ts";

/** Writes to standard output. @throws OutputError */
function print(text: string | Uint8Array): void {
  try {
    writeAll(1, text);
  } catch (error) {
    throw new OutputError(reasonOf(error), errorCode(error) === "EPIPE");
  }
}

/** The real machine. */
export const HOST: Host = {
  build: BUILD,
  readEnvironment,
  readInputs,
  readFile: readRegularFile,
  readNamed(path) {
    const { readNamed }: typeof import("./files/read-named.ts") = require("./files/read-named.ts");
    return readNamed(path);
  },
  readProcess(pid) {
    const { readProcess }: typeof import("./linux/read-process.ts") = require("./linux/read-process.ts");
    return readProcess(pid);
  },
  socketAgent(path) {
    const { socketAgent }: typeof import("./linux/socket-agent.ts") = require("./linux/socket-agent.ts");
    return socketAgent(path);
  },
  answerQuestions,
  print,
  async httpRequest(request) {
    const { httpRequest } = await import("./http/http-request.ts");
    return await httpRequest(request);
  },
  clock: { now: () => performance.now(), sleep: (milliseconds) => Bun.sleep(milliseconds) },
  untilStopped: async () => (process.pid === 1 ? (await import("./until-stopped.ts")).untilStopped() : new Promise(() => {})),
  openJob: async (command) => (await import("./job/open-job.ts")).openJob(command),
  terminal: (target) => {
    const { terminalWriter }: typeof import("./terminal-writer.ts") = require("./terminal-writer.ts");
    return terminalWriter(target);
  },
  openLog,
  writeFiles,
  removeFiles,
  writeDocument: async (path, text) => (await import("./files/write-document.ts")).writeDocument(path, text),
  openEnvoys,
  leaveMessage: async (path, text) => (await import("./supervisor/termination-message.ts")).writeTerminationMessage(path, text),
  countWorkers: async (environment) => (await import("./envoy/count-workers.ts")).countWorkers(environment),
  execEnvoy: async (launch) => (await import("./envoy/exec-envoy.ts")).execEnvoy(launch),
  openMeshSockets(paths, warn) {
    const { openMeshSockets }: typeof import("./mesh/open-mesh-sockets.ts") = require("./mesh/open-mesh-sockets.ts");
    return openMeshSockets(paths, warn);
  },
  beginKey(ca, log) {
    const { begunAhead, keySource }: typeof import("./mesh/key-source.ts") = require("./mesh/key-source.ts");
    return begunAhead(keySource(ca, log));
  },
  openTraffic: async () => (await import("./iptables/traffic-host.ts")).TRAFFIC_HOST,
  openEnvoyCheck: async () => (await import("./envoy/check-envoy.ts")).openEnvoyCheck(),
  async openEffects(context) {
    // Memory that only the start needed is returned first, so that the modules loaded next reuse it: 0.3 MB less at rest.
    Bun.shrink();
    await Bun.sleep(0);
    const { openEffects } = await import("./supervisor/open-effects.ts");
    return await openEffects(context);
  },
};

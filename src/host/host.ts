import type { Host } from "../commands/host.ts";
import { answerQuestions } from "./answer-questions.ts";
import { BUILD } from "./build-info.ts";
import { openEnvoys } from "./envoy-process.ts";
import { openLog, writeAll } from "./log.ts";
import { readEnvironment } from "./read-environment.ts";
import { readInputs } from "./read-inputs.ts";
import { removeFiles, writeFiles } from "./write-files.ts";

/** The real machine. */
export const HOST: Host = {
  build: BUILD,
  readEnvironment,
  readInputs,
  answerQuestions,
  print: (text) => writeAll(1, text),
  async ask(question) {
    const { ask } = await import("./ask.ts");
    return await ask(question);
  },
  clock: { now: () => performance.now(), sleep: (milliseconds) => Bun.sleep(milliseconds) },
  async runCommand(words) {
    const { runCommand } = await import("./run-command.ts");
    return await runCommand(words);
  },
  openLog,
  writeFiles,
  removeFiles,
  openEnvoys,
  becomeEnvoy: async (launch) => (await import("./exec-envoy.ts")).becomeEnvoy(launch),
  openCare: async (context) => (await import("./care.ts")).openCare(context),
};

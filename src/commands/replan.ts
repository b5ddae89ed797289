import type { Plan } from "../launch/plan.ts";
import type { SocketPaths } from "../mesh/mesh-plan.ts";
import { type PlanCall, type PlanHost, readPlan } from "./plan.ts";

/**
 * Plans again for an agent that runs: what it listens on itself since its start is not the socket of another process.
 * @throws UsageError, ConfigError
 */
export async function replan(call: PlanCall, host: PlanHost, own: SocketPaths): Promise<Plan> {
  const paths = new Set<string>(Object.values(own));
  const { plan } = await readPlan(call, {
    readInputs: host.readInputs,
    async answerQuestions(questions, inputs) {
      const answers = await host.answerQuestions(
        questions.filter((question) => question.kind !== "socket" || !paths.has(question.path)),
        inputs,
      );
      return { ...answers, socket: (path) => (paths.has(path) ? "absent" : answers.socket(path)) };
    },
  });
  return plan;
}

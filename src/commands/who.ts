import type { AgentPlan } from "../launch/plan.ts";

/** Returns the log line that says who this proxy is. */
export function whoText({ role, node }: AgentPlan): string {
  return `This proxy: role ${role}, id ${node.id}, addresses ${node.addresses.join(", ")}, cluster ${JSON.stringify(node.cluster)}`;
}

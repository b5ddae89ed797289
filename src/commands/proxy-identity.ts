import type { AgentPlan } from "../launch/plan.ts";

/** Returns the log line with the identity of this proxy. */
export function identityText({ role, node }: AgentPlan): string {
  return `This proxy: role ${role}, id ${node.id}, addresses ${node.addresses.join(", ")}, cluster ${JSON.stringify(node.cluster)}`;
}

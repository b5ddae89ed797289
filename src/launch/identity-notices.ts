import type { Notice } from "../common/notice.ts";
import type { Node } from "../node/node.ts";
import type { Draft } from "../settings/draft.ts";

/**
 * Returns warnings of an identity that nobody can have meant: no address in INSTANCE_IP, no pod name or namespace, an expression that nothing
 * has expanded. A start with a sound one is only looked at.
 */
export function identityNotices(draft: Draft, node: Node): readonly Notice[] {
  const { environment } = draft.inputs;
  const instance = environment.get("INSTANCE_IP");
  const [, , name = ""] = node.id.split("~");
  const isForeign = instance !== undefined && instance !== node.addresses[0];
  const isNameless = name.startsWith(".") || name.endsWith(".");
  const isUnexpanded = node.id.includes("$(") || node.id.includes("{{") || node.cluster.includes("$(") || node.cluster.includes("{{");
  if (!isForeign && !isNameless && !isUnexpanded) return [];
  const { oddIdentity }: typeof import("../node/odd-identity.ts") = require("../node/odd-identity.ts");
  return oddIdentity(environment, node, draft.invocation.flags.string("ip") !== "").map((text) => ({ level: "warn", text }));
}

import type { Launch } from "./launch.ts";

/**
 * What a new epoch would change of the agent itself, in words: the rules it was started with hold until its own end, whatever epoch
 * runs.
 */
export function fixedParts(first: Launch, next: Launch): readonly string[] {
  const differs = (of: (launch: Launch) => unknown) => JSON.stringify(of(first)) !== JSON.stringify(of(next));
  return [
    ...(differs(({ supervision }) => supervision) ? ["how Envoy is drained, stopped and watched"] : []),
    ...(differs(({ status }) => status) ? ["what the status port answers"] : []),
  ];
}

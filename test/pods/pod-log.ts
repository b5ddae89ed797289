import type { Pod } from "../mesh/lab/pod.ts";

/** Returns the log of a pod without its requests. */
export function agentLog(pod: Pod): string {
  return pod
    .log()
    .split("\n")
    .filter((line) => !line.startsWith("["))
    .join("\n");
}

/** Returns the requests in the access log of a pod that had another status than 200. */
export function unansweredIn(pod: Pod): readonly string[] {
  return pod
    .log()
    .split("\n")
    .filter((line) => line.startsWith("[") && !/HTTP\/1.1" 200 /.test(line));
}

import { redirect } from "../pods/in-pod.ts";

/**
 * A network plugin, the last of a chain: redirects the traffic of the pods that its settings name to their sidecars, as Istio's own
 * plugin does. The kubelet's runtime calls it with variables, and settings as standard input; the answer is the result of the
 * plugins before.
 */
const { CNI_COMMAND, CNI_NETNS, CNI_ARGS = "" } = process.env;
const { members, prevResult } = JSON.parse(await Bun.stdin.text());
const [, pod] = /(?:^|;)K8S_POD_NAME=([^;]*)/.exec(CNI_ARGS) ?? [];
if (CNI_COMMAND === "ADD") {
  if (members.includes(pod)) await redirect({ enter: ["nsenter", `--net=${CNI_NETNS}`] });
  console.log(JSON.stringify(prevResult));
}

import type { Profile } from "../profiles/profile.ts";
import type { Command } from "./command.ts";
import { rootFlags } from "./flags.ts";

/**
 * Examples of every command for help and USAGE.md: a command line, and after ` # ` its effect. Loaded only for those.
 */
export const EXAMPLES: Readonly<Record<string, string>> = {
  proxy: `attache proxy sidecar # run Envoy with the settings from the injector
attache proxy router --xds file:/etc/envoy # run Envoy with listeners.yaml and clusters.yaml from /etc/envoy
attache proxy sidecar --drain lossless --grace-period 60 # lose no request at a stop, within the pod's grace period of 60 s`,
  render: `attache render sidecar --xds file:/etc/envoy # print the bootstrap
attache render sidecar --section node -o yaml --mask-secrets # print one part as YAML, to show it to others
attache render sidecar --xds file:/etc/envoy --format argv # print Envoy's command line
attache --profile istio-1.6 render router # print the bootstrap of Istio 1.6`,
  explain: `attache explain node.id # print which inputs the node's ID depends on
attache explain --all # print what each input changes, or why it changes nothing
attache explain --from-file pod.yaml node.cluster # explain the proxy of a pod, from anywhere
attache explain --from-file pod.yaml --html page.html # write all of that as a page for a browser
attache explain --from-file a.yaml --from-file b.yaml --html - # print it for two pods, side by side
attache explain --from-pid 4711 node.cluster # explain a running agent of this machine`,
  diff: `attache diff a.yaml b.yaml # compare the proxies of two pods
attache diff /etc/istio/proxy/envoy-rev.json # compare the bootstrap on disk with the one that a start here would write
attache diff --from-pid 4711 pod.yaml # compare a pod with a running agent
attache diff --profile istio-1.30 --profile istio-1.31 pod.yaml # print what a newer release changes`,
  validate: `attache validate # check this machine's proxy with its Envoy
attache validate --from-file pod.yaml --strict # check a pod from anywhere; warnings count, too
attache validate --from-file pod.yaml -o sarif # print the findings for code scanning`,
  request: `attache request GET clusters # list Envoy's clusters
attache request POST 'logging?level=debug' # raise Envoy's log level
attache request --debug-port 15020 POST drain # drain Envoy and keep it running; not with istio-1.6`,
  wait: `attache wait --timeoutSeconds 120 # wait for at most two minutes
attache wait --url http://localhost:15020/healthz/ready # ask the agent instead of Envoy`,
  run: `attache run -- ./job --once # run a batch job next to a proxy
attache run --quit on-success -- ./job # keep the proxy for a retry, as restartPolicy OnFailure requires
attache run --timeoutSeconds 10 -- sh -c 'exit 3' # exit status 3, or 255 if the proxy is not ready after 10 s`,
  "istio-iptables": `attache istio-iptables -i '*' -b '*' -d 15090,15021,15020 # capture all traffic, in the init container
attache istio-iptables -i '*' -b '*' --explain # print in words who is redirected where, who is not, and why
attache istio-iptables -i '*' -b '*' --check # print how the rules of the pod differ`,
  "istio-clean-iptables": "attache --profile istio-1.6 istio-clean-iptables --dry-run # print the commands that remove the rules",
  version: `attache version --short # print only the release
attache version --output json # print the version as JSON`,
  about: "attache about # print what a bug report needs",
  help: `attache help proxy # list all flags of proxy
attache --profile istio-1.6 help proxy # list the flags of release 1.6`,
};

/** Examples of the commands of the plug-in for kubectl. */
export const PLUGIN_EXAMPLES: Readonly<Record<string, string>> = {
  render: `attache render reviews-5b97cfb8f9-x2v4p # print the bootstrap of a pod's proxy
attache render deploy/reviews --format argv # print the command line of Envoy`,
  explain: `attache explain deploy/reviews node.cluster # print what the cluster of the newest ready pod depends on
attache explain reviews-5b97cfb8f9-x2v4p --all # print what each input changes, or why it changes nothing
attache explain deploy/reviews --html page.html # write all of that as a page for a browser`,
  diff: `attache diff deploy/reviews deploy/ratings # compare the proxies of two deployments
attache diff deploy/reviews --profile istio-1.30 --profile istio-1.31 # print what a newer release changes`,
  validate: "attache validate deploy/reviews # check the settings and the bootstrap of the newest ready pod",
};

/** Returns the examples of a command whose flags a profile has. */
export function examplesFor(command: Command, profile: Profile): readonly (readonly [commandLine: string, meaning: string])[] {
  const known = [...rootFlags(profile), ...command.flags(profile)].map(({ name }) => name);
  const flagsIn = (commandLine: string) => [...(commandLine.split(" -- ")[0] ?? "").matchAll(/ --([\w-]+)/g)].map(([, name = ""]) => name);
  return (command.examples === undefined ? examplesOf(command.name) : examplesIn(command.examples)).filter(([commandLine]) =>
    flagsIn(commandLine).every((name) => known.includes(name)),
  );
}

/** Returns the examples of a command, each with its arguments and effect. */
export function examplesOf(command: string): readonly (readonly [commandLine: string, meaning: string])[] {
  return examplesIn(EXAMPLES[command] ?? "");
}

/** Returns the examples in a text: a line each. */
export function examplesIn(text: string): readonly (readonly [commandLine: string, meaning: string])[] {
  return text.split("\n").map((line) => {
    const [commandLine = "", meaning = ""] = line.split(" # ");
    return [commandLine, meaning];
  });
}

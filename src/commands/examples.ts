/** A command line a person may type, and what comes of it. */
export interface Example {
  readonly words: string;
  readonly meaning: string;
}

/** Examples of every command, for its help and USAGE.md; `attache` stands for the program. Loaded only for those. */
export const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  proxy: [
    { words: "attache proxy sidecar", meaning: "Envoy as the injector's environment wants it" },
    {
      words: "attache proxy router --xds file:/etc/envoy",
      meaning: "Envoy with listeners.yaml and clusters.yaml of /etc/envoy, no control plane",
    },
    {
      words: "attache proxy sidecar --drain lossless --grace-period 60",
      meaning: "a stop that loses no request, within the 60 s the pod has",
    },
  ],
  render: [
    { words: "attache render sidecar --xds file:/etc/envoy", meaning: "the bootstrap" },
    { words: "attache render sidecar --xds file:/etc/envoy --format argv", meaning: "Envoy's command line" },
    { words: "attache --profile istio-1.6 render router", meaning: "the bootstrap by the contract of release 1.6" },
  ],
  request: [
    { words: "attache request GET clusters", meaning: "Envoy's clusters" },
    { words: "attache request POST 'logging?level=debug'", meaning: "Envoy says more" },
    { words: "attache request --debug-port 15020 POST drain", meaning: "the agent drains Envoy and goes on; istio-1.30 only" },
  ],
  wait: [
    { words: "attache wait --timeoutSeconds 120", meaning: "two minutes at the most" },
    {
      words: "attache wait --url http://localhost:15020/healthz/ready",
      meaning: "the same, asking the agent instead of Envoy",
    },
  ],
  run: [
    { words: "attache run -- ./job --once", meaning: "a batch job beside a proxy" },
    { words: "attache run --timeoutSeconds 10 -- sh -c 'exit 3'", meaning: "ends with 3, or with 255 after 10 s without a proxy" },
  ],
  version: [
    { words: "attache version --short", meaning: "the release alone" },
    { words: "attache version --output json", meaning: "the same as JSON" },
  ],
  about: [{ words: "attache about", meaning: "what to name when something is wrong" }],
  help: [
    { words: "attache help proxy", meaning: "every flag and switch of proxy" },
    { words: "attache --profile istio-1.6 help proxy", meaning: "those of release 1.6" },
  ],
};

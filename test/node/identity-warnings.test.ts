import { expect, test } from "bun:test";
import { identityWarnings } from "../../src/node/identity-warnings.ts";

const POD = "sidecar~10.0.0.1~pod.namespace~namespace.svc.cluster.local";
const FIRST = "10.0.0.1";

interface Case {
  readonly id?: string;
  readonly cluster?: string;
  readonly first?: string;
  readonly isGiven?: boolean;
}

function noticesOf(
  variables: Readonly<Record<string, string>>,
  { id = POD, cluster = "app.namespace", first = FIRST, isGiven = false }: Case,
) {
  return identityWarnings((name) => variables[name], { id, cluster, addresses: [first] }, isGiven);
}

test.each([
  ["its address", { INSTANCE_IP: FIRST }, {}],
  ["no address", {}, {}],
  ["its address in another form", { INSTANCE_IP: "::ffff:10.0.0.1" }, {}],
  ["its address in another notation", { INSTANCE_IP: "FD00::01" }, { first: "FD00::01" }],
  ["another address beside --ip", { INSTANCE_IP: "x" }, { isGiven: true }],
  ["a name that begins with a dot, as POD_NAME says so", { INSTANCE_IP: FIRST, POD_NAME: ".pod" }, { id: "sidecar~10.0.0.1~.pod.ns~d" }],
])("a node with %s has no warnings", (_, variables, node) => {
  expect(noticesOf(variables, node)).toEqual([]);
});

test.each([
  [
    { INSTANCE_IP: "10.0.0" },
    {},
    'INSTANCE_IP is not an IP address: current value is "10.0.0"; using 10.0.0.1 instead: set INSTANCE_IP from status.podIP',
  ],
  [
    {},
    { id: "sidecar~10.0.0.1~.ns~d" },
    'Without POD_NAME the node id is "sidecar~10.0.0.1~.ns~d", which a control plane cannot match to a pod: set POD_NAME from metadata.name',
  ],
  [
    { POD_NAME: "", POD_NAMESPACE: "" },
    { id: "sidecar~10.0.0.1~.~d" },
    'Without POD_NAME and POD_NAMESPACE the node id is "sidecar~10.0.0.1~.~d", which a control plane cannot match to a pod: set POD_NAME from metadata.name and POD_NAMESPACE from metadata.namespace',
  ],
  [
    {},
    { id: "sidecar~10.0.0.1~pod.~d" },
    'Without POD_NAMESPACE the node id is "sidecar~10.0.0.1~pod.~d", which a control plane cannot match to a pod: set POD_NAMESPACE from metadata.namespace',
  ],
  [
    { INSTANCE_IP: FIRST },
    { id: "sidecar~10.0.0.1~$(POD).ns~d" },
    'The node id "sidecar~10.0.0.1~$(POD).ns~d" or the cluster "app.namespace" contains $(POD), which was not expanded; Kubernetes expands only variables defined earlier in the list',
  ],
  [
    { INSTANCE_IP: FIRST },
    { cluster: "{{ .app }}" },
    `The node id "${POD}" or the cluster "{{ .app }}" contains {{ .app }}, which was not expanded; Kubernetes expands only variables defined earlier in the list`,
  ],
])("an identity that is probably a mistake: %p, %p", (variables, node, text) => {
  expect(noticesOf(variables, node)).toEqual([{ level: "warn", text }]);
});

import { expect, test } from "bun:test";
import { parse } from "yaml";
import { PORT } from "../../src/settings/ports.ts";
import { at, documentsOf, type Fields, list, ofKind, texts } from "./manifests.ts";

const documents = documentsOf("redirected");
const pod = at(ofKind(documents, "Deployment"), "spec", "template", "spec");
const [redirect = {}, proxy = {}] = list(at(pod, "initContainers"));
const [app = {}] = list(at(pod, "containers"));
const configMap = ofKind(documents, "ConfigMap");
const args = texts(redirect["args"]);
/** Returns the value of a flag of the init container. */
const flag = (name: string) => args[args.indexOf(name) + 1];

function resources(file: string): readonly Fields[] {
  return list(at(parse(String(at(configMap, "data", file))), "resources"));
}

test("the proxy is that of the native sidecar, without a port that is its own", () => {
  const native = at(ofKind(documentsOf("native-sidecar"), "Deployment"), "spec", "template", "spec");
  const [other = {}] = list(at(native, "initContainers"));
  const ports = list(other["ports"]).filter(({ name }) => name !== "http");
  expect(proxy).toEqual({ ...other, ports });
});

test("the redirection ends at Envoy's listeners, and exempts the proxy's user and the ports of its own", () => {
  const listeners = Object.fromEntries(
    resources("listeners.yaml").map((each) => [each["name"], String(at(each, "address", "socket_address", "port_value"))]),
  );
  expect(listeners).toEqual({ inbound: flag("-z"), outbound: flag("-p") });
  expect(flag("-u")).toBe(String(at(proxy, "securityContext", "runAsUser")));
  expect(at(app, "securityContext", "runAsUser")).not.toBe(at(proxy, "securityContext", "runAsUser"));
  const own = list(proxy["ports"]).map((port) => String(port["containerPort"]));
  expect(flag("-d")?.split(",").sort()).toEqual([String(PORT.status), ...own].sort());
});

test("a connection to a listener itself goes nowhere", () => {
  for (const listener of resources("listeners.yaml")) {
    const [first = {}] = list(listener["filter_chains"]);
    expect(at(first, "filter_chain_match", "destination_port")).toBe(at(listener, "address", "socket_address", "port_value"));
    expect(at(list(first["filters"])[0], "typed_config", "cluster")).toBe("refused");
  }
  expect(resources("clusters.yaml").find(({ name }) => name === "refused")).not.toHaveProperty("load_assignment");
});

test("the init container has the capabilities that redirections need, and no others", () => {
  expect(redirect["image"]).toBe(`${proxy["image"]}-init`);
  expect(redirect["securityContext"]).toEqual({
    runAsUser: 0,
    runAsGroup: 0,
    runAsNonRoot: false,
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"], add: ["NET_ADMIN", "NET_RAW"] },
  });
});

import { describe, expect, test } from "bun:test";
import { basename, dirname, join } from "node:path";
import { parse } from "yaml";
import { environmentOf } from "../../src/inputs/environment.ts";
import { POD_ANNOTATIONS_PATH, POD_LABELS_PATH } from "../../src/inputs/inputs.ts";
import { VARIABLES } from "../../src/profiles/istio-1.30/variables.ts";
import { PORT } from "../../src/settings/ports.ts";
import { commandOf } from "../support/command-of.ts";
import { at, documentsOf, type Fields, list, MANIFESTS, ofKind, texts } from "./manifests.ts";

/** Ports of a proxy that nothing in the manifests changes: Envoy's readiness and its metrics. */
const PORTS = { readiness: VARIABLES.ENVOY_STATUS_PORT.default, metrics: VARIABLES.ENVOY_PROMETHEUS_PORT.default };
/** A sidecar's drain closes what is inbound, a gateway's everything. */
const DIRECTIONS = { sidecar: "INBOUND", "native-sidecar": "INBOUND", gateway: undefined, job: "OUTBOUND" };
const ATTACHE = "/usr/local/bin/attache";

describe.each([...MANIFESTS])("%s", (name) => {
  const documents = documentsOf(name);
  const workload = ofKind(documents, "Deployment", "Job");
  const pod = at(workload, "spec", "template", "spec");
  const containers = [...list(at(pod, "initContainers")), ...list(at(pod, "containers"))];
  const proxy = containers.find((each) => each["name"] === "proxy") ?? {};
  const variables = list(proxy["env"]).map(({ name: variable, value }) => [String(variable), String(value ?? "from the pod")] as const);
  const called = commandOf(texts(proxy["args"]), environmentOf([["ATTACHE_STRICT", "true"], ...variables]));

  test("its arguments are known flags, its variables are read", () => {
    expect(called).toMatchObject({ command: { name: "proxy" }, choice: { profile: { name: "istio-1.30" } } });
    const known = [...Object.keys(VARIABLES), "POD_NAME", "POD_NAMESPACE", "INSTANCE_IP", "PROXY_CONFIG", "CLOUD_PLATFORM"];
    const unknown = variables.filter(([variable]) => !known.includes(variable) && !variable.startsWith("ATTACHE_"));
    expect(unknown).toEqual([]);
  });

  test("every switch set by a variable exists", () => {
    const switches = variables.filter(([variable]) => variable.startsWith("ATTACHE_"));
    const flags = switches.map(([variable, value]) => `--${variable.slice(8).toLowerCase().replaceAll("_", "-")}=${value}`);
    expect(() => commandOf(["proxy", "--strict", ...flags])).not.toThrow();
  });

  test("the agent gets the pod's grace period, and its own times fit", () => {
    const { gracePeriod, preDrainDelay, stopTimeout } = called.invocation.switches;
    expect(gracePeriod).toBe(Number(at(pod, "terminationGracePeriodSeconds")) * 1_000);
    expect(preDrainDelay + stopTimeout).toBeLessThan(gracePeriod ?? 0);
  });

  test("the commands of its hooks and of the job are valid", () => {
    const commands = containers.flatMap((each) => [
      texts(each["command"]),
      texts(at(each, "lifecycle", "postStart", "exec", "command")),
      texts(at(each, "lifecycle", "preStop", "exec", "command")),
    ]);
    const ours = commands.filter(([program]) => program === ATTACHE);
    expect(ours.length).toBe(name === "gateway" ? 0 : 1);
    for (const [, ...args] of ours) expect(() => commandOf(args, environmentOf([["ATTACHE_STRICT", "true"]]))).not.toThrow();
  });

  test("probes, ports and the listener agree", () => {
    for (const probe of ["startupProbe", "readinessProbe"])
      expect(at(proxy, probe, "httpGet")).toEqual({ path: "/healthz/ready", port: PORTS.readiness });
    const declared = Object.fromEntries(list(proxy["ports"]).map((port) => [String(port["name"]), port["containerPort"]]));
    const { http, ...own } = declared;
    expect(own).toEqual({ readiness: PORTS.readiness, metrics: PORTS.metrics });
    expect(at(listenerOf(documents), "traffic_direction")).toBe(DIRECTIONS[name]);
    const listener = at(listenerOf(documents), "address", "socket_address");
    expect(at(listener, "port_value")).toBe(8080);
    expect([at(listener, "address"), http]).toEqual(name === "job" ? ["127.0.0.1", undefined] : ["0.0.0.0", 8080]);
    if (name === "gateway") expect(list(at(ofKind(documents, "Service"), "spec", "ports"))[0]?.["targetPort"]).toBe(http);
  });

  test("its volumes are what it reads and writes", () => {
    const mounts = Object.fromEntries(list(proxy["volumeMounts"]).map((mount) => [String(mount["mountPath"]), mount["name"]]));
    expect(mounts).toEqual({
      "/etc/envoy": "resources",
      "/etc/istio/proxy": "bootstrap",
      [join("/", dirname(POD_LABELS_PATH))]: "istio-podinfo",
    });
    const volumes = list(at(pod, "volumes"));
    expect(volumes.map((volume) => volume["name"])).toEqual(["resources", "bootstrap", "istio-podinfo"]);
    const items = list(at(volumes[2], "downwardAPI", "items")).map((item) => [item["path"], at(item, "fieldRef", "fieldPath")]);
    expect(items).toEqual([
      [basename(POD_LABELS_PATH), "metadata.labels"],
      [basename(POD_ANNOTATIONS_PATH), "metadata.annotations"],
    ]);
    expect(at(volumes[0], "configMap", "name")).toBe(at(ofKind(documents, "ConfigMap"), "metadata", "name"));
    expect(texts(proxy["args"])).toContain("file:/etc/envoy");
  });

  test("no container needs a privilege, and each says what it takes", () => {
    const least = { runAsNonRoot: true, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
    expect(at(pod, "securityContext")).toEqual({ fsGroup: 1337, seccompProfile: { type: "RuntimeDefault" } });
    expect(containers.length).toBe(name === "gateway" ? 1 : 2);
    for (const each of containers) {
      expect(each["securityContext"]).toEqual(each === proxy ? { runAsUser: 1337, runAsGroup: 1337, ...least } : least);
      expect(at(each, "resources")).toEqual({
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: expect.objectContaining({ memory: expect.any(String) }),
      });
    }
  });

  test("Envoy has as many workers as its limit has processors", () => {
    const limit = list(proxy["env"]).find((each) => each["name"] === "ISTIO_CPU_LIMIT");
    expect(at(limit, "valueFrom", "resourceFieldRef")).toEqual({ resource: "limits.cpu", divisor: "1" });
    expect(at(proxy, "resources", "limits", "cpu")).toMatch(/^[1-9]\d*$/);
  });

  test("probes wait as long as the injector's", () => {
    expect(at(proxy, "startupProbe")).toMatchObject({ periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 600 });
    const readiness = containers.map((each) => at(each, "readinessProbe")).filter((probe) => probe !== undefined);
    expect(readiness.map((probe) => at(probe, "timeoutSeconds"))).toEqual(readiness.map(() => 3));
    expect(readiness.length).toBe(name.endsWith("sidecar") ? 2 : 1);
  });

  test("the pod's annotations name the main container and the page of metrics", () => {
    const annotations = at(workload, "spec", "template", "metadata", "annotations");
    const own = containers.filter((each) => each !== proxy).map((each) => String(each["name"]));
    expect(annotations).toEqual({
      "kubectl.kubernetes.io/default-container": own[0] ?? "proxy",
      "prometheus.io/scrape": "true",
      "prometheus.io/port": String(PORT.status),
      "prometheus.io/path": "/stats/prometheus",
    });
  });
});

test("the check of switches sees one that does not exist", () => {
  expect(() => commandOf(["proxy", "--strict", "--grace-perod=5"])).toThrow("unknown flag: --grace-perod");
});

function listenerOf(documents: readonly Fields[]): unknown {
  const listeners = parse(String(at(ofKind(documents, "ConfigMap"), "data", "listeners.yaml")));
  return list(at(listeners, "resources"))[0];
}

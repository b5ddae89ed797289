import { MILLISECOND } from "../../go/duration.ts";
import { changedSchema } from "../../settings/changed-schema.ts";
import { durationProblem, type Problem } from "../../settings/checks.ts";
import type { Layer, Layered } from "../../settings/layer.ts";
import { decodeMesh, TOPOLOGY_LABELS } from "../../settings/mesh-file.ts";
import type { MessageOf, PathOf } from "../../settings/message-of.ts";
import type { MessageSchema } from "../../settings/schema.ts";
import { MESH_CONFIG } from "../istio-1.30/mesh-config.ts";
import { MESH_SCHEMA as SCHEMA_1_30 } from "../istio-1.30/mesh-schema.ts";
import { MESH_CHANGES } from "./schema-changes.ts";

const MESH_SCHEMA = changedSchema(SCHEMA_1_30, MESH_CHANGES);

type Mesh = MessageOf<typeof MESH_SCHEMA>;
type MeshProblem = Problem<PathOf<Mesh>>;
type TrafficPolicy = NonNullable<Mesh["defaultTrafficPolicy"]>;
type Pool = NonNullable<TrafficPolicy["connectionPool"]>;
type Outlier = NonNullable<TrafficPolicy["outlierDetection"]>;

/** Decodes a mesh config of release 1.31 without its `defaultConfig` and returns its problems (contract 1.31 §7). */
export function meshProblems(document: unknown, layer: Layer, proxyConfig: MessageSchema): Layered<Mesh> {
  const problems = (mesh: Mesh) => [...MESH_CONFIG.problems(mesh), ...trafficProblems(mesh), ...zoneProblems(mesh)];
  return decodeMesh({ schema: MESH_SCHEMA, defaults: MESH_CONFIG.defaults, problems }, document, layer, proxyConfig);
}

function trafficProblems({ defaultTrafficPolicy = {} }: Mesh): readonly MeshProblem[] {
  const { connectionPool, outlierDetection } = defaultTrafficPolicy;
  const pool = connectionPool === undefined ? [] : poolProblems(connectionPool);
  const outlier = outlierDetection === undefined ? [] : outlierProblems(outlierDetection);
  return [
    ...pool.map((text) => ({ field: "defaultTrafficPolicy.connectionPool" as const, text })),
    ...outlier.map((text) => ({ field: "defaultTrafficPolicy.outlierDetection" as const, text })),
  ];
}

function poolProblems({ http, tcp }: Pool): readonly string[] {
  if (http === undefined && tcp === undefined) return ["connection pool must have at least one field"];
  return [...(http === undefined ? [] : httpProblems(http)), ...(tcp === undefined ? [] : tcpProblems(tcp))];
}

function httpProblems(http: NonNullable<Pool["http"]>): readonly string[] {
  const counts = ["http1MaxPendingRequests", "http2MaxRequests", "maxRequestsPerConnection", "maxRetries", "maxConcurrentStreams"] as const;
  const isContradiction = http.h2UpgradePolicy === "UPGRADE" && http.useClientProtocol === true;
  return [
    ...counts.filter((name) => (http[name] ?? 0) < 0).map((name) => `${name} must not be negative`),
    ...durations({ idleTimeout: http.idleTimeout }),
    ...(isContradiction ? ["useClientProtocol must not be true when h2UpgradePolicy is UPGRADE"] : []),
  ];
}

function tcpProblems({ maxConnections = 0, connectTimeout, maxConnectionDuration, idleTimeout, tcpKeepalive }: NonNullable<Pool["tcp"]>) {
  const { time, interval } = tcpKeepalive ?? {};
  // Less than a millisecond switches the timeout off.
  const idle = idleTimeout === undefined || idleTimeout / MILLISECOND === 0n ? undefined : idleTimeout;
  return [
    ...(maxConnections < 0 ? ["maxConnections must not be negative"] : []),
    ...durations({
      connectTimeout,
      maxConnectionDuration,
      idleTimeout: idle,
      "tcpKeepalive.time": time,
      "tcpKeepalive.interval": interval,
    }),
  ];
}

function outlierProblems(outlier: Outlier): readonly string[] {
  const { consecutiveLocalOriginFailures: failures = 0, splitExternalLocalOriginErrors: isSplit = false } = outlier;
  const percentages = (["maxEjectionPercent", "minHealthPercent"] as const).map((name) => [name, outlier[name] ?? 0] as const);
  return [
    ...durations({ baseEjectionTime: outlier.baseEjectionTime, interval: outlier.interval }),
    ...(failures > 0 && !isSplit ? ["consecutiveLocalOriginFailures needs splitExternalLocalOriginErrors"] : []),
    ...percentages.filter(([, value]) => value < 0 || value > 100).map(([name]) => `${name} must be a percentage from 0 to 100`),
  ];
}

/** Returns the problems with durations by their names; one that is absent has none. */
function durations(named: Readonly<Record<string, bigint | undefined>>): readonly string[] {
  return Object.entries(named).flatMap(([name, value]) => {
    const problem = value === undefined ? undefined : durationProblem(value);
    return problem === undefined ? [] : [`invalid ${name}: ${problem}`];
  });
}

function zoneProblems({ zoneAwareLbSetting = {} }: Mesh): readonly MeshProblem[] {
  const { failover = [], failoverPriority = [] } = zoneAwareLbSetting;
  const texts = [
    ...failoverPriority.filter((label) => TOPOLOGY_LABELS.includes(label)).map((label) => `failoverPriority must not contain "${label}"`),
    ...failover.flatMap(({ from = "", to = "" }) => [
      ...(from === to ? [`failover from "${from}" to itself`] : []),
      ...(/[/*]/.test(from + to) ? [`failover is from region to region, not from "${from}" to "${to}"`] : []),
    ]),
  ];
  return texts.map((text) => ({ field: "zoneAwareLbSetting", text: `invalid zoneAwareLbSetting: ${text}` }));
}

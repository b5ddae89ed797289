import { afterEach, expect, test } from "bun:test";
import { xdsProblem } from "../../../src/host/status/xds-problem.ts";
import { later, listener, scripted, stopAll } from "./status-port.ts";

afterEach(stopAll);

// As Envoy 1.40 names them, with a semicolon after the name of the cluster, and Istio 1.6, without.
const ENDED = "cluster.xds-grpc;.ssl.handshake: 5\ncluster.xds-grpc;.upstream_rq_total: 5\n";
const OPEN = "cluster.xds-grpc.ssl.handshake: 1\ncluster.xds-grpc.upstream_rq_active: 1\ncluster.xds-grpc.upstream_rq_total: 1\n";
// As Envoy 1.40 has them after four refused connections, of which it counts its own answers (upstream_rq_completed), and one that is open.
const LATE =
  "cluster.xds-grpc;.upstream_rq_completed: 5\ncluster.xds-grpc;.upstream_rq_active: 1\ncluster.xds-grpc;.upstream_rq_total: 1\n";
const REFUSED = "cluster.xds-grpc;.ssl.fail_verify_san: 2\n";

test.each<[name: string, page: string, age: number, problem: string | undefined]>([
  [
    "does not accept its certificate",
    REFUSED,
    1_000,
    "Envoy does not accept its certificate, which is for another name (cluster.xds-grpc.ssl.fail_verify_san: 2)",
  ],
  [
    "has streams that it ends",
    ENDED,
    1_000,
    "it ends Envoy's streams; Envoy's log lines about the \"gRPC config stream to xds-grpc\" say why (cluster.xds-grpc.upstream_rq_total: 5)",
  ],
  [
    "has streams that it ends, with another one open",
    "cluster.xds-grpc;.upstream_rq_active: 1\ncluster.xds-grpc;.upstream_rq_total: 6\n",
    9_000,
    "it ends Envoy's streams; Envoy's log lines about the \"gRPC config stream to xds-grpc\" say why (cluster.xds-grpc.upstream_rq_total: 6)",
  ],
  [
    "has a stream that it does not answer, after refused connections",
    LATE,
    9_000,
    "it has accepted Envoy's stream, but does not send what is missing (cluster.xds-grpc.upstream_rq_active: 1)",
  ],
  ["has a stream that it has had no time to answer", OPEN, 4_999, undefined],
  [
    "has a stream that it does not answer",
    OPEN,
    5_000,
    "it has accepted Envoy's stream, but does not send what is missing (cluster.xds-grpc.upstream_rq_active: 1)",
  ],
  // As Envoy 1.40 has them for a name with a dot at its end that only the file of host names has.
  [
    "does not find its name",
    "cluster.xds-grpc;.update_attempt: 3\ncluster.xds-grpc;.update_failure: 3\n",
    1_000,
    "Envoy, which looks names up itself, finds no address of it (cluster.xds-grpc.update_failure: 3)",
  ],
  ["has found its name, but not once", "cluster.xds-grpc;.update_failure: 1\ncluster.xds-grpc;.update_success: 1\n", 1_000, undefined],
  ["cannot be reached by it", "", 9_000, undefined],
])("a control plane to which Envoy connects itself: Envoy %s", async (_, page, age, problem) => {
  const { port } = later(listener());
  const admin = scripted(() => new Response(page));
  const where = `control plane "127.0.0.1:${port}": `;
  expect(await xdsProblem({ kind: "server", host: "127.0.0.1", port }, { host: "127.0.0.1", port: admin }, age)).toBe(
    problem && where + problem,
  );
});

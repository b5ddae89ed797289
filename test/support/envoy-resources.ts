import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A listener of Envoy that forwards everything to one upstream, all on 127.0.0.1. */
export interface Inbound {
  readonly listener: number;
  readonly upstream: number;
  /** Sent in the header `x-revision` of every response; another revision has another listener and cluster. */
  readonly revision?: number;
  /** The file to which each request is logged. */
  readonly accessLog?: string;
}

/** Writes the listener and cluster for `--xds file:DIRECTORY`, each atomically. */
export function writeResources(directory: string, inbound: Inbound): void {
  mkdirSync(directory, { recursive: true });
  writeWhole(join(directory, "clusters.yaml"), clusters(inbound));
  writeWhole(join(directory, "listeners.yaml"), listeners(inbound));
}

/** JSON is also YAML. */
function writeWhole(path: string, document: object): void {
  writeFileSync(`${path}.new`, JSON.stringify(document));
  renameSync(`${path}.new`, path);
}

function clusters({ upstream, revision = 0 }: Inbound): object {
  const endpoint = { endpoint: { address: address(upstream) } };
  return {
    resources: [
      {
        "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
        name: "upstream",
        type: "STATIC",
        connect_timeout: `${5 + revision / 1000}s`,
        load_assignment: { cluster_name: "upstream", endpoints: [{ lb_endpoints: [endpoint] }] },
      },
    ],
  };
}

function listeners({ listener, revision = 0, accessLog }: Inbound): object {
  const router = {
    name: "envoy.filters.http.router",
    typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
  };
  // No timeout, as tests may need long requests.
  const route = { match: { prefix: "/" }, route: { cluster: "upstream", timeout: "0s" } };
  const manager = {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    stat_prefix: "inbound",
    route_config: {
      virtual_hosts: [{ name: "inbound", domains: ["*"], routes: [route] }],
      response_headers_to_add: [{ header: { key: "x-revision", value: String(revision) } }],
    },
    http_filters: [router],
    ...(accessLog === undefined ? {} : { access_log: [fileLog(accessLog)] }),
  };
  return {
    resources: [
      {
        "@type": "type.googleapis.com/envoy.config.listener.v3.Listener",
        name: "inbound",
        traffic_direction: "INBOUND",
        address: address(listener),
        filter_chains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] }],
      },
    ],
  };
}

function fileLog(path: string): object {
  return {
    name: "envoy.access_loggers.file",
    typed_config: { "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog", path },
  };
}

function address(port: number): object {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}

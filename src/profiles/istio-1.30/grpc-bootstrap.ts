import { escapeHtml, sortedJson } from "../../go/json.ts";
import type { JsonObject, JsonValue } from "../../go/json-value.ts";
import { cleanPath, joinPath } from "../../go/path.ts";
import type { Node, Start } from "./contract.ts";
import { writesGrpcBootstrap } from "./status.ts";

const LISTENERS = "xds.istio.io/grpc/lds/inbound/%s";

/** Returns the bootstrap of gRPC applications; undefined if none is written (contract 1.30 §13f). `typed`: the metadata that upstream has fields for. */
export function grpcBootstrapOf(start: Start, node: Node, typed: JsonObject): { readonly path: string; readonly text: string } | undefined {
  const { settings, config } = start;
  if (!writesGrpcBootstrap(settings)) return undefined;
  const { GRPC_XDS_BOOTSTRAP: path, OUTPUT_CERTS: directory } = settings.variables;
  const socket = joinPath(config.configPath ?? "", "XDS");
  const file = (name: string) => joinPath(directory, name);
  const document = {
    xds_servers: [{ server_uri: `unix:///${socket}`, channel_creds: [{ type: "insecure" }], server_features: ["xds_v3"] }],
    node: { id: node.id, metadata: sorted({ ...typed, GENERATOR: "grpc" }), locality: node.locality, UserAgentVersionType: null },
    ...(directory === ""
      ? {}
      : {
          certificate_providers: {
            default: {
              plugin_name: "file_watcher",
              config: {
                certificate_file: file("cert-chain.pem"),
                private_key_file: file("key.pem"),
                ca_certificate_file: file("root-cert.pem"),
                refresh_interval: "900s",
              },
            },
          },
        }),
    server_listener_resource_name_template: LISTENERS,
  };
  return { path: cleanPath(path), text: escapeHtml(JSON.stringify(document, null, 2)) };
}

function sorted(value: JsonObject): JsonValue {
  return JSON.parse(sortedJson(value));
}

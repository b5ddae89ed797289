import { field } from "./bootstrap-ports.ts";

/** Where an admin interface listens. */
export interface AdminAddress {
  readonly host: string;
  readonly port: number;
}

/** Returns where Envoy's admin interface listens by the documents it merges, the last one last; the default for what none of them says. */
export function adminAddress(documents: readonly unknown[], otherwise: AdminAddress): AdminAddress {
  let { host, port } = otherwise;
  for (const document of documents) {
    const socket = field(field(field(document, "admin"), "address"), "socket_address");
    const address = field(socket, "address");
    const value = Number(field(socket, "port_value"));
    if (typeof address === "string" && address !== "") host = address;
    if (Number.isInteger(value) && value > 0) port = value;
  }
  return { host, port };
}

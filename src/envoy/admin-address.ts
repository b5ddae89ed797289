import { field } from "./bootstrap-ports.ts";

/** The address of an admin interface. */
export interface AdminAddress {
  readonly host: string;
  readonly port: number;
}

/** Returns the address of Envoy's admin interface from the documents it merges, in order; the default for what none of them sets. */
export function adminAddress(documents: readonly unknown[], fallback: AdminAddress): AdminAddress {
  let { host, port } = fallback;
  for (const document of documents) {
    const socket = field(field(field(document, "admin"), "address"), "socket_address");
    const address = field(socket, "address");
    const value = Number(field(socket, "port_value"));
    if (typeof address === "string" && address !== "") host = address;
    if (Number.isInteger(value) && value > 0) port = value;
  }
  return { host, port };
}

/** An address that Envoy binds at start. */
export interface BoundAddress {
  readonly address: string;
  readonly port: number;
}

/**
 * Returns the addresses that must be free for Envoy to start: those of its admin interface and static TCP listeners (contract envoy §2).
 */
export function boundAddresses(bootstrap: unknown): readonly BoundAddress[] {
  const listeners = listOf(field(field(bootstrap, "static_resources"), "listeners")).filter(isBound);
  const addresses = [
    field(field(bootstrap, "admin"), "address"),
    ...listeners.flatMap((each) => [
      field(each, "address"),
      ...listOf(field(each, "additional_addresses")).map((more) => field(more, "address")),
    ]),
  ];
  return addresses.flatMap((each) => {
    const socket = field(each, "socket_address");
    const address = field(socket, "address");
    const port = Number(field(socket, "port_value"));
    const isTcp = field(socket, "protocol") !== "UDP";
    return typeof address === "string" && Number.isInteger(port) && port > 0 && isTcp ? [{ address, port }] : [];
  });
}

/** A listener that gets its connections from another one does not bind. */
function isBound(listener: unknown): boolean {
  const bind = field(listener, "bind_to_port") ?? field(field(listener, "deprecated_v1"), "bind_to_port");
  return bind !== false;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Returns a field by its proto or JSON name: `port_value`, `portValue`. */
export function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const camel = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  const entries = Object.entries(value);
  return (entries.find(([key]) => key === name) ?? entries.find(([key]) => key === camel))?.[1];
}

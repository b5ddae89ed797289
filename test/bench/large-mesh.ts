import protobuf from "protobufjs";
import { type RecordedResource, servableSet } from "../conformance/mesh/transcripts.ts";

/** The ports of a service; each is a cluster. */
const PORTS = ["8080", "9090"] as const;
/** The recorded service and its address, which texts of the same length replace. */
const SERVICE = "server";
const ADDRESS = "10.96.0.10";

/** Returns the name of a service, as long as the recorded one. */
function serviceName(number: number): string {
  return `s${String(number).padStart(SERVICE.length - 1, "0")}`;
}

/** Returns a recorded message with other texts of the same lengths. */
function replaced(message: Uint8Array, texts: Readonly<Record<string, string>>): Buffer {
  const text = Buffer.from(message).toString("latin1");
  return Buffer.from(
    Object.entries(texts).reduce((sum, [from, to]) => sum.replaceAll(from, to), text),
    "latin1",
  );
}

/** Returns the resources of a sidecar in a mesh with as many services, each with two clusters and its endpoints; the routes have all of them. */
export function largeMesh(services: number, revision = 0): readonly RecordedResource[] {
  const recorded = servableSet("sidecar").filter(({ type }) => !type.endsWith(".Secret"));
  const isOfService = ({ type, name }: RecordedResource) =>
    name.startsWith(`outbound|${PORTS[0]}|`) && /\.(Cluster|ClusterLoadAssignment)$/.test(type);
  const patterns = recorded.filter(isOfService);
  const added = Array.from({ length: services }, (_, index) => texts(index)).flatMap((name) =>
    PORTS.flatMap((port) =>
      patterns.map(({ type, name: pattern, any }) => {
        const ported = { [`outbound|${PORTS[0]}|`]: `outbound|${port}|`, [`outbound_.${PORTS[0]}_`]: `outbound_.${port}_`, ...name };
        return { type, name: replaced(Buffer.from(pattern), ported).toString(), any: replaced(any, ported) };
      }),
    ),
  );
  return [...recorded.map((each) => (each.type.endsWith(".RouteConfiguration") ? withHosts(each, services, revision) : each)), ...added];
}

function texts(index: number): Readonly<Record<string, string>> {
  return { [SERVICE]: serviceName(index), [ADDRESS]: `10.${String(index).padStart(ADDRESS.length - 3, "0")}` };
}

const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message Any { string type_url = 1; bytes value = 2; }
  message Routes { string name = 1; repeated bytes virtual_hosts = 2; bytes validate_clusters = 7; }
`,
  { keepCase: true },
);
const [ANY, ROUTES] = [root.lookupType("Any"), root.lookupType("Routes")];
const HOSTS = 2;

/** Adds a virtual host for each service to a route configuration; the revision is in the first of them. */
function withHosts({ type, name, any }: RecordedResource, services: number, revision: number): RecordedResource {
  const { value } = ANY.decode(any) as unknown as { readonly value: Uint8Array };
  const { virtual_hosts: hosts } = ROUTES.decode(value) as unknown as { readonly virtual_hosts: readonly Uint8Array[] };
  const pattern = hosts.find((host) => Buffer.from(host).includes(SERVICE));
  if (pattern === undefined) return { type, name, any };
  const added = Array.from({ length: services }, (_, index) => replaced(pattern, texts(index === 0 ? 99_000 + revision : index)));
  const writer = protobuf.Writer.create();
  for (const host of added) writer.uint32((HOSTS << 3) | 2).bytes(host);
  const whole = Buffer.concat([value, writer.finish()]);
  return { type, name, any: Buffer.from(ANY.encode({ type_url: type, value: whole }).finish()) };
}

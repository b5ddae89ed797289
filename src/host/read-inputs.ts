import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { Environment } from "../inputs/environment.ts";
import { type InterfaceAddress, type Inputs, POD_ANNOTATIONS_PATH, POD_LABELS_PATH } from "../inputs/inputs.ts";
import { readFile } from "./read-file.ts";

/** The snapshot of the machine a start works on: environment, fixed files, interfaces (design §2). */
export function readInputs(environment: Environment, meshConfigPath: string): Inputs {
  const override = environment.get("ISTIO_BOOTSTRAP_OVERRIDE") ?? "";
  return Object.freeze({
    environment,
    files: {
      meshConfig: readFile(meshConfigPath),
      labels: readFile(POD_LABELS_PATH),
      annotations: readFile(POD_ANNOTATIONS_PATH),
      ...(override === "" ? {} : { override: readFile(override) }),
    },
    interfaces: readInterfaces(),
    uid: process.getuid?.() ?? 0,
  });
}

/** All addresses in the kernel's order: by interface index, IPv4 before IPv6. */
function readInterfaces(): readonly InterfaceAddress[] {
  const found = Object.entries(networkInterfaces()).map(([name, addresses]) => ({ name: name.split(":")[0] ?? name, addresses: addresses ?? [] }));
  const indexes = new Map(found.map(({ name }) => [name, found.length > 2 ? interfaceIndex(name) : 0]));
  return found
    .toSorted((a, b) => (indexes.get(a.name) ?? 0) - (indexes.get(b.name) ?? 0))
    .flatMap(({ name, addresses }) => addresses.map(({ address, internal }) => ({ name, address: address.split("%")[0] ?? address, loopback: internal })));
}

function interfaceIndex(name: string): number {
  try {
    return Number(readFileSync(`/sys/class/net/${name}/ifindex`, "utf8"));
  } catch {
    return 0;
  }
}

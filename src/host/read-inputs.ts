import { networkInterfaces } from "node:os";
import type { Environment } from "../inputs/environment.ts";
import { type Inputs, type InterfaceAddress, POD_ANNOTATIONS_PATH, POD_LABELS_PATH } from "../inputs/inputs.ts";
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
  const found = networkInterfaces();
  const entries = Object.keys(found).map((entry) => ({ entry, name: entry.split(":")[0] ?? entry }));
  const indexes = entries.length > 2 ? interfaceIndexes(entries.map(({ name }) => name)) : new Map<string, number>();
  entries.sort((a, b) => (indexes.get(a.name) ?? 0) - (indexes.get(b.name) ?? 0));
  const addresses: InterfaceAddress[] = [];
  for (const { entry, name } of entries)
    for (const { address, internal } of found[entry] ?? [])
      addresses.push({ name, address: address.split("%")[0] ?? address, loopback: internal });
  return addresses;
}

/** The kernel's numbers; asked of libc, as /sys may show another network namespace. Loaded only for several interfaces. */
function interfaceIndexes(names: readonly string[]): ReadonlyMap<string, number> {
  const { dlopen }: typeof import("bun:ffi") = require("bun:ffi");
  const libc = dlopen("libc.so.6", { if_nametoindex: { args: ["cstring"], returns: "u32" } });
  const indexes = new Map(names.map((name) => [name, libc.symbols.if_nametoindex(Buffer.from(`${name}\0`))]));
  libc.close();
  return indexes;
}

import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Case } from "./cases.ts";
import { writeNames } from "./machine.ts";

/** Returns the values of `{{FAKE_ENVOY}}` and `{{CWD}}` for a case in a directory. */
export function placesIn(root: string): Readonly<Record<string, string>> {
  return { "{{FAKE_ENVOY}}": join(root, "bin/envoy"), "{{CWD}}": join(root, "w") };
}

/** Replaces the values in a result by the marks again. */
export function swapped(places: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(places).map(([mark, place]) => [place, mark]));
}

/** Fills a fresh directory for a case: the recording Envoy with its mode, the case's files, its host names. */
export function preparePlace(root: string, recorded: Pick<Case, "files" | "hosts" | "interfaces">, mode: string): void {
  chmodSync(root, 0o755);
  for (const name of ["bin", "rec", "w/etc/istio/proxy"]) mkdirSync(join(root, name), { recursive: true });
  chmodSync(join(root, "rec"), 0o777);
  copyFileSync(join(import.meta.dir, "recording-envoy.sh"), join(root, "bin/envoy"));
  writeFileSync(join(root, "bin/mode"), mode);
  for (const [name, text] of Object.entries(recorded.files ?? {})) {
    const path = join(root, "w", name);
    mkdirSync(typeof text === "string" ? dirname(path) : path, { recursive: true });
    if (typeof text === "string") writeFileSync(path, text);
  }
  writeNames(recorded, root);
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TARGETS } from "./targets.ts";

/** A package whose code is inside an executable. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** SPDX expression, as the package states it. */
  readonly license: string;
  /** sha512 in hexadecimal of the package as the registry serves it. */
  readonly sha512: string;
  /** The licence's text; absent where the package brings none. */
  readonly text?: string;
}

const ROOT = join(import.meta.dir, "..");

/** The packages of a release: what package.json lists as dependencies, and the runtime of each target. @throws Error for one that is not locked */
export function readComponents(): readonly Component[] {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
  return [...Object.keys(dependencies), ...TARGETS.map(({ runtime }) => runtime)].map((name) => {
    const { version, license, integrity } = packages[`node_modules/${name}`] ?? {};
    if (typeof version !== "string" || typeof license !== "string" || typeof integrity !== "string")
      throw new Error(`Cannot list ${name}: package-lock.json lacks its version, license or integrity`);
    const path = join(ROOT, "node_modules", name, "LICENSE");
    return {
      name,
      version,
      license,
      sha512: Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex"),
      ...(existsSync(path) ? { text: readFileSync(path, "utf8") } : {}),
    };
  });
}

/** A package URL, as bills of materials name packages. */
export function purlOf({ name, version }: Pick<Component, "name" | "version">): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

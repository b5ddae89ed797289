import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TARGETS } from "./targets.ts";

/** A package contained in the executable. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** SPDX expression from the package. */
  readonly license: string;
  /** sha512 in hexadecimal of the package in the registry. */
  readonly sha512: string;
  /** The licence text; absent if the package contains none. */
  readonly text?: string;
}

const ROOT = join(import.meta.dir, "..");

/**
 * Returns the packages of a release: the dependencies in package.json and each target's runtime.
 * @throws Error for a package that is not locked
 */
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

/** Returns a package URL, as used in bills of materials. */
export function purlOf({ name, version }: Pick<Component, "name" | "version">): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

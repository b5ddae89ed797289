import { type Component, purlOf } from "./components.ts";
import type { Stamp } from "./stamp.ts";

/** A release file and its sha256 in hexadecimal. */
export interface Digest {
  readonly name: string;
  readonly sha256: string;
}

/** Returns the bill of materials in CycloneDX 1.6. */
export function billOfMaterials({ version, date }: Stamp, components: readonly Component[]): object {
  const self = `pkg:generic/attache@${version}`;
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      ...(date === "unknown" ? {} : { timestamp: date }),
      component: { type: "application", name: "attache", version, "bom-ref": self, licenses: [{ license: { id: "Apache-2.0" } }] },
    },
    components: components.map((component) => ({
      type: component.name.startsWith("@oven/") ? "platform" : "library",
      name: component.name,
      version: component.version,
      "bom-ref": purlOf(component),
      purl: purlOf(component),
      hashes: [{ alg: "SHA-512", content: component.sha512 }],
      licenses: [{ license: { id: component.license } }],
    })),
    dependencies: [
      { ref: self, dependsOn: components.map(purlOf) },
      ...components.map((component) => ({ ref: purlOf(component), dependsOn: [] })),
    ],
  };
}

/**
 * Returns the provenance of the files as an in-toto statement (SLSA v1). It is not signed: a build of the same commit yields the same
 * bytes, which can be compared.
 */
export function provenance({ version, commit }: Stamp, subjects: readonly Digest[], components: readonly Component[]): object {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: subjects.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "urn:attache:release:1",
        externalParameters: { command: ["bun", "run", "release"], version, commit },
        resolvedDependencies: components.map((component) => ({ uri: purlOf(component), digest: { sha512: component.sha512 } })),
      },
      runDetails: { builder: { id: "urn:attache:local" } },
    },
  };
}

/** Returns the licences of everything in the executables; a text shared by several packages is repeated. */
export function licences(components: readonly Component[]): string {
  const parts = components.map(({ name, version, license, text }) => {
    const body =
      text ??
      `The package brings no text. What its authors say of it and of what it links: https://github.com/oven-sh/bun/blob/main/LICENSE.md\n`;
    return `${name} ${version}: ${license}\n${"-".repeat(72)}\n${body}`;
  });
  return `attache is licensed under the Apache License 2.0 (LICENSE). Inside the executables are:\n\n${parts.join("\n")}`;
}

/** Formats checksums for sha256sum. */
export function checksums(digests: readonly Digest[]): string {
  return digests.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join("");
}

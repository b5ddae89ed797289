import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SdsPlan } from "../../../../src/mesh/mesh-plan.ts";
import type { Secret } from "../../../../src/mesh/secret.ts";
import { createAuthority } from "../../../mesh/lab/authority.ts";
import { eventually } from "../../../support/eventually.ts";
import { storeOf, type TestStore } from "../store-of.ts";

/** Arguments before a command without capabilities: by those, root may list every directory. */
export const WITHOUT_CAPABILITIES = process.getuid?.() === 0 ? ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"] : [];

/** An authority, and another one. */
export const authority = await createAuthority();
export const other = await createAuthority("other");
/** Two workloads. */
export const [ONE, TWO] = [await authority.workload("spiffe://one"), await authority.workload("spiffe://two")];
/** What is closed after the test. */
export const opened: TestStore[] = [];
const directories: string[] = [];

/** Closes the stores of a test, and removes its directories. */
export function closeAll(): void {
  for (const { store } of opened.splice(0)) store.close();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
}

/** Returns an empty directory, which is removed after the test. */
export function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "certificates-"));
  directories.push(directory);
  return directory;
}

/** Opens a store without a CA, which is closed after the test. */
export function open(more: Partial<SdsPlan> = {}): TestStore {
  const made = storeOf(undefined, { debounce: 10, ...more });
  opened.push(made);
  return made;
}

/** Writes the three files, and returns their paths. */
export function write(directory: string, pair = ONE, root = authority.root) {
  const files = { chain: join(directory, "cert-chain.pem"), key: join(directory, "key.pem"), root: join(directory, "root-cert.pem") };
  writeFileSync(files.chain, pair.chain);
  writeFileSync(files.key, pair.key);
  writeFileSync(files.root, root);
  return files;
}

/** Replaces a file as a whole. */
export function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** Returns the text of certificates. */
export function textOf(secret: Secret): string {
  return Buffer.from(secret.kind === "validation" ? secret.roots : secret.chain).toString();
}

/** Waits until a number of changes have come. */
export function changes(made: TestStore, count: number): Promise<readonly string[]> {
  return eventually(() => (made.changes.length >= count ? made.changes : undefined));
}

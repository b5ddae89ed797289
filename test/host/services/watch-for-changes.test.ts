import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { watchForChanges } from "../../../src/host/services/watch-for-changes.ts";
import { eventually } from "../../scenarios/support.ts";

const SAME = "info The watched certificates are unchanged, keeping the current epoch";
const CERTIFICATES = "certificates";
const CONFIGURATION = "configuration";

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "attache-changes-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Writes two files, the certificate and the mesh config, one after the other. Returns log lines and events. */
async function reportsOf(writes: readonly (readonly [name: string, text: string])[]): Promise<readonly string[]> {
  const directory = mkdtempSync(join(root, "files-"));
  const [certificate, mesh] = [join(directory, "certs", "cert.pem"), join(directory, "mesh", "mesh")];
  const path = (name: string) => (name === CERTIFICATES ? certificate : mesh);
  for (const name of ["certs", "mesh"]) mkdirSync(join(directory, name));
  for (const file of [certificate, mesh]) writeFileSync(file, "first");
  const reports: string[] = [];
  const stop = await watchForChanges(
    { certificates: [certificate], configuration: [mesh], debounce: 20 },
    (event) => void reports.push(event.kind === "request-epoch" ? event.trigger : event.kind),
    (level, text) => void reports.push(`${level} ${text}`),
  );
  try {
    for (const [index, [name, text]] of writes.entries()) {
      // Replaced by one that was written elsewhere: a write in place is several events, which may be reported apart.
      writeFileSync(join(directory, "next"), text);
      renameSync(join(directory, "next"), path(name));
      await eventually(() => reports.length > index, `a report of write ${index}`);
    }
  } finally {
    stop();
  }
  return reports;
}

// contract 1.6 §10.5: only a different hash of the certificates' contents starts an epoch.
test.each([
  ["another content", [[CERTIFICATES, "second"]], [CERTIFICATES]],
  ["the same content", [[CERTIFICATES, "first"]], [SAME]],
  [
    "the new content once more",
    [
      [CERTIFICATES, "second"],
      [CERTIFICATES, "second"],
    ],
    [CERTIFICATES, SAME],
  ],
  [
    "the first content again",
    [
      [CERTIFICATES, "second"],
      [CERTIFICATES, "first"],
    ],
    [CERTIFICATES, CERTIFICATES],
  ],
  ["settings, whose content is for others to compare", [[CONFIGURATION, "first"]], [CONFIGURATION]],
  [
    "a certificate after a setting",
    [
      [CONFIGURATION, "second"],
      [CERTIFICATES, "first"],
    ],
    [CONFIGURATION, SAME],
  ],
] as const)("watched files with %s", async (_, writes, expected) => {
  expect(await reportsOf(writes)).toEqual([...expected]);
});

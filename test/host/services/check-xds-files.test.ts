import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkXdsFiles } from "../../../src/host/services/check-xds-files.ts";
import { eventually } from "../../support/eventually.ts";

const EMPTY = "resources: []\n";

/** A directory of resources that is being checked, and the log lines about it. */
function place(listeners = EMPTY) {
  const directory = mkdtempSync(join(tmpdir(), "xds-"));
  const path = (name: string) => join(directory, name);
  writeFileSync(path("clusters.yaml"), EMPTY);
  writeFileSync(path("listeners.yaml"), listeners);
  const lines: string[] = [];
  const stop = checkXdsFiles(directory, (level, text) => void lines.push(`${level} ${text.replaceAll(directory, "DIR")}`));
  return {
    path,
    lines,
    said: (text: string) => eventually(() => lines.find((line) => line.includes(text))),
    replace(name: string, text: string) {
      writeFileSync(path("new"), text);
      renameSync(path("new"), path(name));
    },
    [Symbol.dispose]() {
      stop();
      rmSync(directory, { recursive: true });
    },
  };
}

test("what Envoy cannot read is reported at once, with its position", () => {
  using xds = place("resources:\n- a: [\n");
  expect(xds.lines).toEqual([expect.stringMatching(/^warn File "DIR\/listeners\.yaml" cannot be read: yaml: line 3: column 1: /)]);
});

test("a file that is modified in place is reported, one that is replaced is not", async () => {
  using xds = place();
  xds.replace("listeners.yaml", "resources: [  ]\n");
  writeFileSync(xds.path("clusters.yaml"), "resources: [ ]\n");
  await xds.said("clusters.yaml");
  expect(xds.lines).toEqual([
    'warn File "DIR/clusters.yaml" was modified in place, which Envoy does not notice: write a new file next to it and rename it to clusters.yaml (mv)',
  ]);
});

test("a file that is removed and created again is reported", async () => {
  using xds = place();
  rmSync(xds.path("listeners.yaml"));
  writeFileSync(xds.path("listeners.yaml"), "resources: [ ]\n");
  await xds.said('File "DIR/listeners.yaml" was modified in place');
});

test("a new file is checked", async () => {
  using xds = place();
  xds.replace("listeners.yaml", "resource: []\n");
  await xds.said('warn File "DIR/listeners.yaml" has an unknown field "resource" (line 1, column 1); did you mean resources?');
  expect(xds.lines).toHaveLength(1);
});

test("files behind links are checked once, and not watched", () => {
  const directory = mkdtempSync(join(tmpdir(), "xds-"));
  mkdirSync(join(directory, "..data"));
  for (const name of ["clusters.yaml", "listeners.yaml"]) {
    writeFileSync(join(directory, "..data", name), name.startsWith("c") ? EMPTY : "hello");
    symlinkSync(`..data/${name}`, join(directory, name));
  }
  const lines: string[] = [];
  checkXdsFiles(directory, (_, text) => void lines.push(text))();
  expect(lines).toEqual([expect.stringContaining('it must be a mapping with resources: current value is "hello"')]);
  rmSync(directory, { recursive: true });
});

test("a pipe does not block", async () => {
  using xds = place();
  Bun.spawnSync(["mkfifo", xds.path("new")]);
  renameSync(xds.path("new"), xds.path("listeners.yaml"));
  await xds.said('warn File "DIR/listeners.yaml" cannot be read: is not a regular file');
});

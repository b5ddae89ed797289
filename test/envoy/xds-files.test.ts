import { expect, test } from "bun:test";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { BINARY } from "../support/subject.ts";
import { startProxy } from "./proxy.ts";
import { environmentOf, eventually, runToEnd, workDirectory, write } from "./support.ts";

const EMPTY = "resources: []\n";

test("an invalid file is reported as the reason for not being ready, with line and column, until it is replaced", async () => {
  const directory = workDirectory();
  write(join(directory, "clusters.yaml"), EMPTY);
  const file = write(join(directory, "listeners.yaml"), "resources:\n- a: [\n");
  await using proxy = await startProxy(BINARY, { args: ["sidecar", "--xds", `file:${directory}`] });
  const isReady = async () => (await fetch(`${proxy.status}/healthz/ready`)).status === 200;
  await proxy.saying(`File "${file}" cannot be read: yaml: line 3: column 1`);
  await proxy.live();
  await eventually(async () => {
    expect(await isReady()).toBe(false);
    expect(proxy.said()).toContain("NOT ready: LDS cannot be read");
    return true;
  });
  renameSync(write(join(directory, "next"), EMPTY), file);
  await eventually(async () => (await isReady()) || undefined);
  write(file, "resources: [ ]\n");
  await proxy.saying(`File "${file}" was modified in place`);
});

test("a directory without the files is rejected, by render too", async () => {
  const directory = workDirectory();
  write(join(directory, "odd/clusters.yaml"), EMPTY);
  const env = environmentOf({}, directory);
  for (const command of ["proxy", "render"]) {
    const { status, err } = await runToEnd([...BINARY.command, command, "sidecar", "--xds", "file:odd"], directory, env);
    expect([status, err]).toEqual([255, expect.stringContaining('"odd/listeners.yaml" does not exist')]);
  }
});

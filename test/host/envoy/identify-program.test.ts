import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identifyProgram } from "../../../src/host/envoy/identify-program.ts";
import { BLANK_EPOCH } from "../../support/blank-plan.ts";

const directory = mkdtempSync(join(tmpdir(), "attache-identify-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Describes a program, without running it, whose file ends with a text. */
async function identified(text: string) {
  const binary = join(directory, "program");
  writeFileSync(binary, Buffer.concat([readFileSync("/bin/true"), Buffer.from(text)]), { mode: 0o755 });
  return await identifyProgram({ ...BLANK_EPOCH, binary, binaryOrigin: "binaryPath" }, false);
}

test("a program with the names of Envoy's messages is taken for an Envoy without being run", async () => {
  expect(await identified("envoy.config.bootstrap.v3.Bootstrap")).toBeUndefined();
});

test.each(["", "config.bootstrap", "envoy.config", "envoy.config.listener.v3.Listener"])("a program with %j is not", async (text) => {
  expect(await identified(text)).toEqual({ path: join(directory, "program"), origin: "binaryPath", isNotEnvoy: true });
});

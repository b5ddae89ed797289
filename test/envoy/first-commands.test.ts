import { expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { IN_OWN_NETWORK } from "../bench/isolation.ts";
import { BINARY, ROOT } from "../support/subject.ts";
import { ENVOY, runToEnd, workDirectory } from "./support.ts";

const directory = workDirectory();

test("npm start prints a command for the same proxy that runs as printed", async () => {
  const command = /^ {2}(dist\/attache proxy .*)$/m.exec(await guide())?.[1] ?? "";
  expect(command).toBe(`dist/attache proxy sidecar --envoy-path ${ENVOY} --xds file:examples/hello`);
  // Links, as npm start writes below its working directory.
  for (const name of ["dist", "examples"]) symlinkSync(join(ROOT, name), join(directory, name));
  const script = `${command} & proxy=$!; dist/attache wait; kill -TERM $proxy; wait $proxy`;
  const { status, err } = await runToEnd([...IN_OWN_NETWORK, "sh", "-c", script], directory, { PATH: process.env["PATH"] ?? "" });
  expect([err, status]).toEqual([expect.stringContaining("Envoy is ready!"), 0]);
  expect(err).toContain(`Envoy command: ${ENVOY} (set by --envoy-path) [`);
});

/** Returns what `npm start` prints when Envoy is live. */
async function guide(): Promise<string> {
  expect(BINARY.command).toEqual([join(ROOT, "dist/attache")]);
  const child = Bun.spawn([...IN_OWN_NETWORK, process.execPath, join(ROOT, "examples/start.ts")], {
    cwd: ROOT,
    env: { ...process.env, ENVOY_PATH: ENVOY },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let said = "";
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += piece;
    if (said.includes("Ctrl-C stops it.")) child.kill("SIGTERM");
  }
  expect(await child.exited).toBe(0);
  return said;
}

import { expect, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { freePorts } from "../../examples/ports.ts";
import { IN_OWN_NETWORK } from "../bench/isolation.ts";
import { BINARY, ROOT } from "../support/subject.ts";
import { ENVOY, runToEnd } from "./support.ts";

const PATH = process.env["PATH"] ?? "";

test.each([
  ["with the default ports", []],
  ["with other ports", await otherPorts()],
])("npm start prints commands for the same bootstrap and the same proxy that run as printed, %s", async (_, words) => {
  const { said, bootstrap } = await started(words);
  const [render = "", proxy = ""] = [...said.matchAll(/^ {2}(env -i .*\\\n .*)$/gm)].map(([, command]) => command);
  // Variables of the shell do not change it.
  const shell = { PATH, ISTIO_META_CLUSTER_ID: "other", POD_NAME: "other" };
  const rendered = await runToEnd([...IN_OWN_NETWORK, "sh", "-c", render], ROOT, shell);
  expect([rendered.err, rendered.status, rendered.out]).toEqual(["", 0, bootstrap]);
  const [, status = ""] = /(http:\S+\/healthz\/ready)/.exec(said) ?? [];
  const file = fileOf(proxy);
  const script = `${proxy} & proxy=$!; dist/attache wait --url ${status}; cat ${file}; kill -TERM $proxy; wait $proxy`;
  const ended = await runToEnd([...IN_OWN_NETWORK, "sh", "-c", script], ROOT, shell);
  expect([ended.err, ended.status]).toEqual([expect.stringContaining("Envoy is ready!"), 0]);
  expect(ended.out).toBe(bootstrap);
  expect(ended.err).toContain(`Envoy command: ${ENVOY} (set by binaryPath in PROXY_CONFIG) [`);
  rmSync(dirname(dirname(file)), { recursive: true });
});

/** Returns what `npm start` prints when Envoy is live, and the bootstrap that Envoy has then. */
async function started(words: readonly string[]): Promise<{ readonly said: string; readonly bootstrap: string }> {
  expect(BINARY.command).toEqual([join(ROOT, "dist/attache")]);
  const child = Bun.spawn([...IN_OWN_NETWORK, process.execPath, join(ROOT, "examples/start.ts"), ...words], {
    cwd: ROOT,
    env: { ...process.env, ENVOY_PATH: ENVOY },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let said = "";
  let bootstrap = "";
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += piece;
    if (!said.includes("Ctrl-C stops it.")) continue;
    bootstrap ||= readFileSync(fileOf(said), "utf8");
    child.kill("SIGTERM");
  }
  expect(await child.exited).toBe(0);
  return { said, bootstrap };
}

/** Returns where a command that was printed writes its bootstrap. */
function fileOf(said: string): string {
  const [, directory = ""] = /"configPath":"([^"]+)"/.exec(said) ?? [];
  return join(directory, "envoy-rev.json");
}

/** Returns options for ports that the example does not have by itself. */
async function otherPorts(): Promise<readonly string[]> {
  const names = ["admin", "listener", "metrics", "readiness", "status"];
  const ports = await freePorts(names.length);
  return names.map((name, index) => `--${name}-port=${ports[index]}`);
}

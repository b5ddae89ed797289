import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ENVIRONMENT, variables, WORDS } from "../container/container.ts";
import { succeed } from "../container/engine.ts";
import { makeBuilder } from "../container/images.ts";
import { ROOT } from "../support/subject.ts";
import { startDocker } from "./docker-engine.ts";

/** Copies an image from podman to Docker. */
async function hand(image: string, docker: (...args: readonly string[]) => Promise<string>): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "attache-hand-"));
  try {
    await succeed("podman", "save", "--quiet", "--output", join(work, "image.tar"), image);
    await docker("load", "--input", join(work, "image.tar"));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

test("BuildKit builds the Dockerfile too, and Docker runs the image: ready, and a stop exits with 0", async () => {
  const builder = await makeBuilder();
  await using engine = await startDocker();
  const { docker } = engine;
  await hand(builder, docker);
  await docker("build", "--network=host", "--build-arg", `BUILDER=${builder}`, "--tag=attache", ROOT);
  const rights = ["--network=none", "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges", "--memory=128m"];
  const given = variables(ENVIRONMENT);
  const mounts = ["--tmpfs=/etc/istio/proxy:uid=1337,gid=1337", `--volume=${join(ROOT, "examples/hello")}:/etc/envoy:ro`];
  const id = await docker("run", "--detach", ...rights, "--ulimit=nofile=1024:4096", ...mounts, ...given, "attache", ...WORDS);
  await docker("exec", id, "pilot-agent", "wait", "--timeoutSeconds=30");
  await docker("stop", "--time=30", id);
  const { out, err } = await engine.attempt("logs", id);
  const status = await docker("inspect", "--format={{.State.ExitCode}}", id);
  expect({ status, log: out + err }).toEqual({ status: "0", log: expect.stringContaining("Epoch 0 exited normally") });
}, 600_000);

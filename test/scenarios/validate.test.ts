import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync } from "node:fs";
import { SUBJECTS, type Subject } from "../support/subject.ts";
import { type Ended, eventually, newPlace, type Place } from "./support.ts";

const SECRET = "zq7Xw9Lk2Vb";
const POD = { POD_NAME: "a", POD_NAMESPACE: "b", INSTANCE_IP: "127.0.0.1" };

/** Returns the environment of a proxy whose Envoy is a script, and whose temporary files are in a directory of the place. */
function environmentOf(place: Place, script: string, config: object = {}): Record<string, string> {
  place.write("envoy", `#!/bin/sh\n${script}\n`, 0o755);
  mkdirSync(place.path("tmp"), { recursive: true });
  return {
    ...POD,
    TMPDIR: place.path("tmp"),
    PROXY_CONFIG: JSON.stringify({ binaryPath: "./envoy", discoveryAddress: "localhost:15010", controlPlaneAuthPolicy: "NONE", ...config }),
  };
}

async function validate(place: Place, subject: Subject, env: Record<string, string>, ...args: readonly string[]): Promise<Ended> {
  return await place.run(subject, ["validate", ...args], { env });
}

const ACCEPTS = "echo \"configuration 'x' OK\"";

describe.each(SUBJECTS)("validate, $name", (subject) => {
  test("Envoy gets a private copy of the bootstrap, which is removed; nothing else is written", async () => {
    using place = newPlace();
    const script = `stat -c %a "$4" "$(dirname "$4")" >seen; printf '%s\\n' "$1" "$2" "$3" >>seen; cat "$4" >>seen; ${ACCEPTS}`;
    const env = environmentOf(place, script);
    expect(await validate(place, subject, env)).toMatchObject({ status: 0, stderr: "" });
    expect(place.read("seen")).toStartWith("600\n700\n--mode\nvalidate\n-c\n");
    expect(place.read("seen")).toContain('"static_resources"');
    expect(readdirSync(place.path("tmp"))).toEqual([]);
    expect(readdirSync(place.directory).sort()).toEqual(["envoy", "seen", "tmp", "var"]);
  });

  test("an Envoy that does not exist although a setting names it is an error", async () => {
    using place = newPlace();
    const ended = await validate(place, subject, environmentOf(place, ACCEPTS, { binaryPath: "./none" }));
    expect(ended).toMatchObject({ status: 1, stderr: "" });
    expect(ended.stdout).toContain('error: Envoy "./none" does not exist (set by binaryPath in PROXY_CONFIG)');
  });

  test("without any Envoy the settings are checked, with a warning; --strict refuses it", async () => {
    using place = newPlace();
    const env = { ...environmentOf(place, ACCEPTS), PROXY_CONFIG: '{"discoveryAddress": "localhost:15010"}', PATH: place.path("tmp") };
    const ended = await validate(place, subject, env);
    expect(ended).toMatchObject({ status: 0, stderr: "" });
    expect(ended.stdout).toContain("warning: Not checked by Envoy: there is none on this machine\n  name one with --envoy-path");
    expect((await validate(place, subject, env, "--strict")).status).toBe(1);
  });

  test("an Envoy that dies by a signal did not validate", async () => {
    using place = newPlace();
    const ended = await validate(place, subject, environmentOf(place, "ulimit -c 0; kill -SEGV $$"));
    expect(ended).toMatchObject({ status: 1, stderr: "" });
    expect(ended.stdout).toContain('error: Envoy "./envoy" did not validate the configuration: it was ended by SIGSEGV');
    expect(readdirSync(place.path("tmp"))).toEqual([]);
  });

  test("an Envoy that cannot be executed did not validate", async () => {
    using place = newPlace();
    const env = environmentOf(place, ACCEPTS);
    place.write("envoy", "#!/no/such/interpreter\n", 0o644);
    expect(await validate(place, subject, env)).toMatchObject({ status: 1, stderr: "" });
  });

  test.each(["SIGTERM", "SIGINT"] as const)("%s ends Envoy and removes its copy", async (signal) => {
    using place = newPlace();
    const env = environmentOf(place, "trap '' TERM INT; echo $$ >pid; exec sleep 60");
    const running = place.start(subject, ["validate"], { env });
    await eventually(() => place.has("pid") && place.read("pid") !== "", "Envoy validates");
    expect(readdirSync(place.path("tmp"))).toHaveLength(1);
    running.signal(signal);
    expect(await running.ended).toEqual({ status: signal === "SIGTERM" ? 143 : 130, stdout: "", stderr: "" });
    expect(readdirSync(place.path("tmp"))).toEqual([]);
    const pid = Number(place.read("pid"));
    await eventually(() => !isRunning(pid), "Envoy has ended");
  });

  test("a directory that cannot be written to is said", async () => {
    using place = newPlace();
    const ended = await validate(place, subject, { ...environmentOf(place, ACCEPTS), TMPDIR: "/proc" });
    expect(ended).toMatchObject({ status: 1, stderr: "" });
    expect(ended.stdout).toContain("its configuration cannot be written to /proc: ");
  });

  test.each([
    ["nothing.yaml", undefined, 'Cannot read "nothing.yaml": no such file or directory'],
    ["empty.yaml", "", 'Cannot use "empty.yaml": it is empty'],
    ["broken.yaml", "a: [\n", "broken.yaml, line "],
    ["service.yaml", "kind: Service\nmetadata: {name: x}\n", "it contains no pod, only Service"],
  ])("--from-file %s is refused", async (name, text, message) => {
    using place = newPlace();
    if (text !== undefined) place.write(name, text);
    const ended = await validate(place, subject, environmentOf(place, ACCEPTS), "--from-file", name);
    expect(ended).toMatchObject({ status: 2, stdout: "" });
    expect(ended.stderr).toContain(message);
  });

  test.each(["text", "json", "sarif"])("secrets are masked as %s", async (output) => {
    using place = newPlace();
    const words = `error initializing configuration 'x': Unable to parse JSON as proto (INVALID_ARGUMENT: @ tracing: x: bad value: '${SECRET}'): {"access_token": "${SECRET}"}`;
    const config = {
      proxyMetadata: { API_TOKEN: SECRET },
      tracing: { lightstep: { address: "l:1", accessToken: SECRET } },
      apiToken: SECRET,
    };
    const env = environmentOf(place, `echo ${JSON.stringify(`[1][1][critical][main] ${words}`).replaceAll("`", "")} >&2; exit 1`, config);
    place.write("override.yaml", `node: {metadata: {password: ${SECRET}}}\n`);
    const ended = await validate(
      place,
      subject,
      { ...env, ISTIO_BOOTSTRAP_OVERRIDE: "override.yaml", ISTIO_META_API_KEY: SECRET },
      "-o",
      output,
    );
    expect(ended).toMatchObject({ status: 1, stderr: "" });
    expect(ended.stdout).not.toContain(SECRET);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

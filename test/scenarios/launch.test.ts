import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { BINARY, SUBJECTS } from "../support/subject.ts";
import { envoyIs, messagesIn, newPlace, OFFLINE, textsOf } from "./support.ts";

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))("%s", (_, subject) => {
  test("the bootstrap is complete before Envoy runs, and removed after it", async () => {
    using place = newPlace();
    const { status } = await place.run(subject, ["proxy"], { env: envoyIs("records-its-start") });
    expect(status).toBe(0);
    expect(Object.keys(JSON.parse(place.read("seen.config")))).toContain("static_resources");
    expect(place.read("seen.modes").split("\n").slice(0, 2)).toEqual(["644 etc/istio/proxy/envoy-rev.json", "750 etc/istio/proxy"]);
    expect(place.has("etc/istio/proxy/envoy-rev.json")).toBe(false);
    expect(place.tree().filter((line) => line.includes(".tmp"))).toEqual([]);
  });

  test("SIGUSR1 is passed on, so that Envoy reopens its logs", async () => {
    using place = newPlace();
    const running = place.start(subject, ["proxy"], { env: envoyIs("prints-usr1") });
    await running.said("ready\n");
    await running.said("Opening status port");
    running.signal("SIGUSR1");
    await running.said("caught USR1\n");
    running.signal("SIGTERM");
    expect((await running.ended).status).toBe(0);
  });

  test.each([
    ["--private-files", ["--private-files"], {}],
    ["ATTACHE_PRIVATE_FILES", [], { ATTACHE_PRIVATE_FILES: "true" }],
  ] as const)("%s makes it 0600", async (_, args, env) => {
    using place = newPlace();
    await place.run(subject, ["proxy", ...args], { env: { ...envoyIs("records-its-start"), ...env } });
    expect(place.read("seen.modes").split("\n")[0]).toBe("600 etc/istio/proxy/envoy-rev.json");
  });

  test("Envoy gets no input, the agent's blocking output, and the environment byte for byte", async () => {
    using place = newPlace();
    const entries = ["EMPTY=", "BAD=\xff\xfe\xc3("];
    const wrap = ["sh", "-c", `BAD="$(printf '\\377\\376\\303(')"; export BAD; exec "$@"`, "sh"];
    const { status } = await place.run(subject, ["proxy"], {
      env: { ...envoyIs("records-its-start"), EMPTY: "" },
      wrap,
    });
    expect(status).toBe(0);
    const seen = readFileSync(place.path("seen.environ"), "latin1").split("\0");
    expect(entries.filter((entry) => !seen.includes(entry))).toEqual([]);
    await place.run(subject, ["proxy"], { env: { ...envoyIs("records-its-start"), "WEIRD-NAME.x": "x=y\nz" } });
    expect(place.read("seen.environ").split("\0")).toContain("WEIRD-NAME.x=x=y\nz");
    expect(place.read("seen.stdin").trim()).toBe("/dev/null");
    const flags = place
      .read("seen.descriptors")
      .trim()
      .split("\n")
      .filter((line) => !line.includes(":"));
    for (const each of flags) expect(Number.parseInt(each, 8) & 0o4000).toBe(0);
  });

  test("the release's own variables are added to the environment", async () => {
    using place = newPlace();
    await place.run(subject, ["proxy"], { env: { ...envoyIs("records-its-start"), COMPLIANCE_POLICY: "fips-140-2", OTHER: "kept" } });
    const seen = place.read("seen.environ").split("\0");
    const ciphers = ["128-GCM-SHA256", "256-GCM-SHA384"].flatMap((each) => [`ECDHE-ECDSA-AES${each}`, `ECDHE-RSA-AES${each}`]);
    expect(seen).toContain(`GRPC_SSL_CIPHER_SUITES=${ciphers.join(":")}`);
    expect(seen).toContain("OTHER=kept");
  });

  test.each([
    ["istio-1.6", "15463", 1],
    ["istio-1.6", "0", 0],
    ["istio-1.6", "-1", 0],
    ["istio-1.30", "15463", 0],
  ] as const)("%s says of an STS port %s that nothing serves it: %d times", async (profile, port, times) => {
    using place = newPlace();
    const { stderr } = await place.run(subject, ["proxy", "--profile", profile, `--stsPort=${port}`], {
      env: { ...envoyIs("records-its-start"), JWT_POLICY: "first-party-jwt", PROXY_CONFIG: '{"discoveryAddress":"a:15010"}' },
    });
    expect(stderr.split("this release of attache has no STS server")).toHaveLength(times + 1);
  });

  test("the log shows the version, the profile with its reason, and Envoy's command line without secrets", async () => {
    using place = newPlace();
    place.write("over.yaml", "password: hunter2\nheader: Bearer abc.def\n");
    const { stderr } = await place.run(subject, ["proxy"], {
      env: { ...envoyIs("records-its-start"), ISTIO_BOOTSTRAP_OVERRIDE: "over.yaml" },
    });
    const [first] = messagesIn(stderr);
    expect(first?.text).toMatch(/^attache \S+ \(\S+\), profile istio-1.30, by default$/);
    expect(stderr).toMatch(
      /Envoy command: \S+ \(set by binaryPath in PROXY_CONFIG\) \[-c etc\/istio\/proxy\/envoy-rev.json --drain-time-s 45/,
    );
    expect(stderr).not.toMatch(/hunter2|abc\.def/);
    expect(place.read("seen.cmdline")).toContain('{"header":"Bearer abc.def","password":"hunter2"}');
  });

  test("control characters are escaped in the log", async () => {
    using place = newPlace();
    const env = { ...envoyIs("touches-marker"), COMPLIANCE_POLICY: "a\u001b[31m\u0007\r" };
    const { stderr } = await place.run(subject, ["proxy"], { env });
    expect(stderr).toContain('Ignoring COMPLIANCE_POLICY "a\\x1b[31m\\x07\\x0d"');
  });

  test("--log_as_json, --log_target and --log_output_level are honoured", async () => {
    using place = newPlace();
    const json = await place.run(subject, ["proxy", "--log_as_json"], { env: envoyIs("records-its-start") });
    for (const line of json.stderr.trim().split("\n")) expect(Object.keys(JSON.parse(line))).toEqual(["level", "time", "msg"]);
    const out = await place.run(subject, ["proxy", "--log_target", "stdout", "--log_target=agent.log"], {
      env: envoyIs("records-its-start"),
    });
    expect([out.stderr, place.read("agent.log")]).toEqual(["", out.stdout]);
    const quiet = await place.run(subject, ["proxy", "--log_output_level=default:error"], { env: envoyIs("records-its-start") });
    expect(quiet.stderr).toBe("");
  });

  test("a log that cannot be written does not stop the agent", async () => {
    using place = newPlace();
    expect(Bun.spawnSync(["mkfifo", place.path("unread")]).exitCode).toBe(0);
    const { status, stderr } = await place.run(
      subject,
      ["proxy", "--log_target=/dev/full", "--log_target=/nowhere/log", "--log_target=unread"],
      {
        env: envoyIs("records-its-start"),
      },
    );
    expect([status, place.has("seen.config")]).toEqual([0, true]);
    expect(textsOf("error", stderr).filter((text) => text.includes("--log_target"))).toEqual([
      'Cannot write the log to "/dev/full" (--log_target): no space left on device',
      'Cannot write the log to "/nowhere/log" (--log_target): no such file or directory',
      'Cannot write the log to "unread" (--log_target): no such device or address',
    ]);
  });

  test("render prints what proxy uses, without starting or writing anything", async () => {
    using place = newPlace();
    const env = envoyIs("records-its-start");
    const before = place.tree();
    const bootstrap = await place.run(subject, ["render"], { env });
    const argv = await place.run(subject, ["render", "--format=argv"], { env });
    const launch = await place.run(subject, ["render", "--format", "launch"], { env });
    expect(place.tree()).toEqual(before);
    await place.run(subject, ["proxy"], { env });
    expect(bootstrap.stdout).toBe(place.read("seen.config"));
    expect(argv.stdout.trimEnd().split("\n")).toEqual(place.read("seen.cmdline").split("\0").slice(2, -1));
    expect(JSON.parse(launch.stdout)).toMatchObject({
      agent: { profile: "istio-1.30", role: "sidecar", admin: { host: "127.0.0.1", port: 15000 } },
      epoch: { epoch: 0, bootstrap: bootstrap.stdout, environment: { set: {}, unset: [] } },
    });
    expect(textsOf("error", `${bootstrap.stderr}${argv.stderr}${launch.stderr}`)).toEqual([]);
  });

  test("the productpage pod of release 1.6 (contract 1.6 §9)", async () => {
    using place = newPlace();
    place.write("var/run/secrets/tokens/istio-token", "token");
    const env = { POD_NAME: "productpage-v1-85b9bf9cd7-kpr5h", POD_NAMESPACE: "default", INSTANCE_IP: "10.244.0.16" };
    const args = ["--profile", "istio-1.6", "render", "--format", "argv", "--serviceCluster", "productpage.default", "--concurrency", "2"];
    const { stdout } = await place.run(subject, args, { env, wrap: OFFLINE });
    expect(stdout.trimEnd().split("\n")).toEqual([
      ...["-c", "etc/istio/proxy/envoy-rev0.json", "--restart-epoch", "0", "--drain-time-s", "45", "--parent-shutdown-time-s", "60"],
      ...["--service-cluster", "productpage.default"],
      ...["--service-node", "sidecar~10.244.0.16~productpage-v1-85b9bf9cd7-kpr5h.default~default.svc.cluster.local"],
      ...["--max-obj-name-len", "189", "--local-address-ip-version", "v4", "--log-format", "%Y-%m-%dT%T.%fZ\t%l\tenvoy %n\t%v"],
      ...["-l", "warning", "--component-log-level", "misc:error", "--concurrency", "2"],
    ]);
  });
});

test("a link named pilot-agent behaves the same", async () => {
  using place = newPlace();
  const [binary = ""] = BINARY.command;
  place.link(binary, "pilot-agent");
  const env = envoyIs("records-its-start");
  const linked = { name: "link", command: [place.path("pilot-agent")] };
  const [own, other] = [await place.run(BINARY, ["render"], { env }), await place.run(linked, ["render"], { env })];
  expect([other.status, other.stdout]).toEqual([0, own.stdout]);
  expect((await place.run(linked, ["proxy"], { env })).status).toBe(0);
});

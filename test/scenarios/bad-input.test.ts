import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { SUBJECTS } from "../support/subject.ts";
import { envoyIs, IS_ROOT, newPlace, type Place, textsOf } from "./support.ts";

const CONFIG = "etc/istio/config/mesh";
const ANNOTATIONS = "etc/istio/pod/annotations";

interface Refusal {
  readonly what: string;
  readonly args?: readonly string[];
  readonly config?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string | null>>;
  /** Texts that the one message contains. */
  readonly says: readonly string[];
}

const REFUSALS: readonly Refusal[] = [
  { what: "a bad role", args: ["proxy", "gateway"], says: ['"gateway"', "sidecar"] },
  { what: "an unknown command", args: ["prox"], says: ['unknown command "prox"', "did you mean proxy?"] },
  { what: "a missing value", args: ["proxy", "--domain"], says: ["flag needs an argument: --domain"] },
  {
    what: "all values of the wrong type",
    args: ["proxy", "--concurrency=x", "--profiling=maybe"],
    says: ['"x" for "--concurrency"', '"maybe" for "--profiling"'],
  },
  { what: "a bad variable of a switch", env: { ATTACHE_STRICT: "maybe" }, says: ['"maybe"', "ATTACHE_STRICT"] },
  {
    what: "unknown flags, with --strict",
    args: ["proxy", "--strict", "--concurency=2"],
    says: ["unknown flag: --concurency", "did you mean --concurrency?"],
  },
  {
    what: "a runtime that cannot call the C library",
    env: { BUN_JSC_useJIT: "0" },
    says: ["Cannot supervise Envoy", "BUN_JSC_useJIT=0"],
  },
  { what: "a nonsense source of resources", args: ["proxy", "--xds=nowhere"], says: ["--xds", '"nowhere"'] },
  { what: "broken JSON", env: { PROXY_CONFIG: '{"statusPort": 1,\n "proxyAdminPort": [1' }, says: ["PROXY_CONFIG", "line 2", "column"] },
  {
    what: "broken YAML in the mesh config",
    files: { [CONFIG]: "a: 1\ndefaultConfig: [\n" },
    says: ['mesh config file "./etc/istio/config/mesh"', "line", "column"],
  },
  {
    what: "broken YAML in an annotation",
    files: { [ANNOTATIONS]: 'proxy.istio.io/config="a: [\\n"\n' },
    says: ["pod annotation proxy.istio.io/config", "line", "column"],
  },
  {
    what: "wrong types, with their positions",
    config: { drainDuration: "soon", tracing: "x" },
    says: ["drainDuration in PROXY_CONFIG (line 1, column", '"soon"', "tracing in PROXY_CONFIG (line 1, column"],
  },
  {
    what: "all violated rules, with their sources",
    config: { proxyAdminPort: 0, discoveryAddress: "x", statusPort: 70000 },
    says: ["proxyAdminPort from PROXY_CONFIG", "discoveryAddress from PROXY_CONFIG", 'unable to split "x"', "70000"],
  },
  {
    what: "a directory for a mesh config",
    files: { [CONFIG]: null },
    says: ['mesh config file "./etc/istio/config/mesh"', "is a directory"],
  },
  {
    what: "a mesh config below a file",
    args: ["proxy", "--meshConfig=f/mesh"],
    files: { f: "x" },
    says: ['mesh config file "f/mesh"', "not a directory"],
  },
  {
    what: "a mesh config with too long a name",
    args: ["proxy", `--meshConfig=${"m".repeat(256)}`],
    says: ["mesh config file", "file name too long"],
  },
  { what: "a missing template", args: ["proxy", "--templateFile=no.json"], says: ['"no.json" (--templateFile)', "no such file"] },
  {
    what: "a directory for a template",
    env: { ISTIO_BOOTSTRAP: "t" },
    files: { t: null },
    says: ['"t" (ISTIO_BOOTSTRAP)', "is a directory"],
  },
  {
    what: "a Go template with actions",
    args: ["proxy", "--templateFile=t.json"],
    files: { "t.json": '{\n"a": "{{ .x }}"}' },
    says: ['"t.json"', "Go template with actions", "line 2"],
  },
  {
    what: "a broken Eta template",
    args: ["proxy", "--templateFile=t.json.eta"],
    files: { "t.json.eta": "<% if ( %>" },
    says: ['"t.json.eta"', "Bad template syntax: Unexpected keyword 'if'"],
  },
  {
    what: "an Eta template without its value",
    args: ["proxy", "--templateFile=t.json.eta"],
    files: { "t.json.eta": "<%= it.nothing %>" },
    says: ["value that does not exist"],
  },
  {
    what: "metadata of the wrong type",
    env: { ISTIO_META_DNS_CAPTURE: "maybe" },
    says: ["ISTIO_META_DNS_CAPTURE must be true or false", '"maybe"'],
  },
  { what: "a missing root certificate", env: { CA_ROOT_CA: "no.pem" }, says: ['"no.pem" (CA_ROOT_CA)'] },
  { what: "a file in the place of the directory", files: { "etc/istio/proxy": "x" }, says: ['"etc/istio/proxy"', "runs as uid"] },
  { what: "a metrics address without a port number", config: { discoveryAddress: "a:b" }, says: ["port (b) is not a number"] },
];

function arrange(place: Place, { files = {} }: Refusal): void {
  for (const [name, text] of Object.entries(files)) {
    if (text === null) mkdirSync(place.path(name), { recursive: true });
    else place.write(name, text);
  }
}

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))("%s", (_, subject) => {
  test.each(REFUSALS.map((refusal) => [refusal.what, refusal] as const))(
    "refuses %s in one message, writes nothing, starts nothing",
    async (_, refusal) => {
      using place = newPlace();
      arrange(place, refusal);
      const before = place.tree();
      const { status, stderr, stdout } = await place.run(subject, refusal.args ?? ["proxy"], {
        env: { ...envoyIs("touches-marker", refusal.config), ...refusal.env },
      });
      const errors = textsOf("error", stderr);
      expect({ status, stdout, count: errors.length }).toEqual({ status: 255, stdout: "", count: 1 });
      for (const part of refusal.says) expect(errors[0]).toContain(part);
      expect(place.tree()).toEqual(before);
    },
  );

  test("an unusable override is a warning", async () => {
    using place = newPlace();
    place.write("over.yaml", "a: [\n");
    const { status, stderr } = await place.run(subject, ["proxy"], {
      env: { ...envoyIs("touches-marker"), ISTIO_BOOTSTRAP_OVERRIDE: "over.yaml" },
    });
    expect([status, place.has("started"), textsOf("warn", stderr).join()]).toEqual([
      0,
      true,
      expect.stringContaining('bootstrap override "over.yaml"'),
    ]);
  });

  test("unknown fields are ignored with path, line and source", async () => {
    using place = newPlace();
    const { status, stderr } = await place.run(subject, ["proxy"], {
      env: envoyIs("touches-marker", { tracing: { colour: 1 }, whatever: 2 }),
    });
    const warnings = textsOf("warn", stderr).join("\n");
    expect(status).toBe(0);
    expect(warnings).toMatch(/Ignoring tracing\.colour in PROXY_CONFIG \(line 1, column \d+\): unknown field "colour"/);
    expect(warnings).toMatch(/Ignoring whatever in PROXY_CONFIG \(line 1, column \d+\): unknown field "whatever"/);
  });

  test("unknown flags are one warning, with the consumed argument and the nearest flag", async () => {
    using place = newPlace();
    const { status, stderr } = await place.run(subject, ["proxy", "--concurency", "router", "--other=1"], {
      env: envoyIs("touches-marker"),
    });
    const said = textsOf("warn", stderr).filter((text) => text.includes("unknown flags"));
    expect([status, said]).toEqual([
      0,
      ['Ignoring unknown flags: --concurency with "router"; did you mean --concurrency?, --other (--strict refuses them)'],
    ]);
  });

  test("hostile values of 1 MiB stay values", async () => {
    using place = newPlace();
    const hostile = `"},{<%= it %>{{ . }}\n$&\u2028`.repeat(40_000);
    const labels = `app=${JSON.stringify(hostile)}\n__proto__="p"\n`;
    place.write("etc/istio/pod/labels", labels);
    const { status, stdout } = await place.run(subject, ["render"], {
      env: envoyIs("touches-marker", { meshId: hostile.slice(0, 60_000) }),
    });
    const { node } = JSON.parse(stdout);
    expect(status).toBe(0);
    expect(node.metadata.LABELS.app === hostile).toBe(true);
    expect(Object.keys(node.metadata.LABELS).sort()).toEqual(["__proto__", "app"]);
    expect(node.metadata.PROXY_CONFIG.meshId === hostile.slice(0, 60_000)).toBe(true);
  });

  test("an Eta template is rendered with the profile's parameters", async () => {
    using place = newPlace();
    place.write("t.json.eta", '{"id": <%= it.nodeId %>, "admin": <%= it.adminPort %>, "path": <%= it.config.configPath %>}');
    const { stdout } = await place.run(subject, ["render", "--templateFile", "t.json.eta"], {
      env: { ...envoyIs("touches-marker"), POD_NAME: 'a"b' },
    });
    expect(JSON.parse(stdout)).toMatchObject({ id: expect.stringContaining('~a"b.~'), admin: 15000, path: "./etc/istio/proxy" });
  });

  test.if(IS_ROOT)("a directory without write permission is reported with uid and mode, and nothing is left", async () => {
    using place = newPlace();
    mkdirSync(place.path("etc/istio/proxy"), { recursive: true });
    const before = place.tree();
    const wrap = ["setpriv", "--reuid", "1337", "--regid", "1337", "--clear-groups"];
    const { status, stderr } = await place.run(subject, ["proxy"], { env: envoyIs("touches-marker"), wrap });
    expect(status).toBe(255);
    expect(textsOf("error", stderr).join()).toMatch(
      /permission denied \(the agent runs as uid 1337; the directory "etc\/istio\/proxy" is owned by uid 0, mode 0755, on the writable mount "\S+" \(\S+\)\); set another directory with configPath in the ProxyConfig$/,
    );
    expect(place.tree()).toEqual(before);
  });

  test.if(IS_ROOT)("a stale socket that cannot be removed is reported like a file that cannot be written", async () => {
    using place = newPlace();
    const socket = "./var/run/secrets/workload-spiffe-uds/socket";
    mkdirSync(dirname(place.path(socket)), { recursive: true });
    const script = `import socket; socket.socket(socket.AF_UNIX).bind("${socket}")`;
    expect(Bun.spawnSync(["python3", "-c", script], { cwd: place.directory }).exitCode).toBe(0);
    const wrap = ["setpriv", "--reuid", "1337", "--regid", "1337", "--clear-groups"];
    const { status, stderr } = await place.run(subject, ["proxy"], { env: envoyIs("touches-marker"), wrap });
    expect([status, textsOf("error", stderr).join()]).toEqual([
      255,
      expect.stringMatching(
        /^Cannot remove the stale socket ".\/var\/run\/secrets\/workload-spiffe-uds\/socket": permission denied \(the agent runs as uid 1337; .*\); remove it, or make its directory writable$/,
      ),
    ]);
  });

  test.if(IS_ROOT)("a full file system leaves no partial file", async () => {
    using place = newPlace();
    const script =
      'mkdir -p etc/istio/proxy && mount -t tmpfs -o size=4k none etc/istio/proxy && "$@"; status=$?; ls -A etc/istio/proxy > left; exit $status';
    const { status, stderr } = await place.run(subject, ["proxy"], {
      env: envoyIs("touches-marker"),
      wrap: ["unshare", "-m", "sh", "-c", script, "sh"],
    });
    expect([status, place.read("left"), place.has("started")]).toEqual([255, "", false]);
    expect(textsOf("error", stderr).join()).toMatch(
      /no space left on device \("etc\/istio\/proxy" is on the writable mount "\S+" \(tmpfs\)\); set another directory with configPath in the ProxyConfig$/,
    );
  });
});

test.concurrent.each(
  SUBJECTS.flatMap((subject) =>
    (
      [
        ["settings that cannot be used", { PROXY_CONFIG: '{"drainDuration": "soon"}' }, "drainDuration in PROXY_CONFIG"],
        ["a missing Envoy", { PROXY_CONFIG: '{"binaryPath": "./none"}' }, 'Cannot start Envoy "'],
      ] as const
    ).map(([what, env, says]) => [subject.name, what, subject, env, says] as const),
  ),
)("%s leaves the reason of a start refused for %s where a kubelet looks", async (_, __, subject, env, says) => {
  using place = newPlace();
  const { status, stderr } = await place.run(subject, ["proxy"], { env: { ...env, ATTACHE_TERMINATION_MESSAGE_PATH: "reason" } });
  expect(status).toBeGreaterThan(0);
  expect(textsOf("error", stderr)).toEqual([place.read("reason")]);
  expect(place.read("reason")).toContain(says);
});

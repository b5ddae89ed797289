import { describe, expect, test } from "bun:test";
import { hasOption } from "../../src/envoy/options.ts";
import { started } from "../profiles/started.ts";

const PLAIN = { discoveryAddress: "a:15010", controlPlaneAuthPolicy: "NONE" };
const config = (more: object) => ({ PROXY_CONFIG: JSON.stringify({ ...PLAIN, ...more }) });
const TEMPLATE = '{"admin": {}}';

interface Source {
  readonly config?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

function start(profile: string, { config: more = {}, env = {}, args = [], files = {} }: Source): ReturnType<typeof started> {
  const templates = Object.fromEntries(["a.json", "b.json", "c.json", "d.yaml", "e.yaml.tmpl"].map((name) => [name, TEMPLATE]));
  return started(profile, { env: { ...config(more), ...env }, files: { ...templates, ...files } }, ["sidecar", ...args]);
}

describe.each(["istio-1.6", "istio-1.30"])("where Envoy's configuration comes from in %s (contract 1.6 §8, 1.30 §7)", (profile) => {
  const CUSTOM = { customConfigFile: "own.json" };
  const CONFIGURED = { proxyBootstrapTemplatePath: "c.json" };
  const FLAG = ["--templateFile", "b.json"];
  const VARIABLE = { ISTIO_BOOTSTRAP: "a.json" };

  test.each<[string, Source, readonly object[]]>([
    ["the built-in template", {}, []],
    [
      "a custom file before all else",
      { config: { ...CUSTOM, ...CONFIGURED }, env: VARIABLE, args: FLAG },
      [{ kind: "file", path: "own.json", origin: "customConfigFile in PROXY_CONFIG" }],
    ],
    [
      "the variable before the flag",
      { config: CONFIGURED, env: VARIABLE, args: FLAG },
      [{ kind: "template", path: "a.json", origin: "ISTIO_BOOTSTRAP" }],
    ],
    ["the flag before the setting", { config: CONFIGURED, args: FLAG }, [{ kind: "template", path: "b.json", origin: "--templateFile" }]],
    ["the setting", { config: CONFIGURED }, [{ kind: "template", path: "c.json", origin: "PROXY_CONFIG" }]],
    [
      "the setting beside an empty variable",
      { config: CONFIGURED, env: { ISTIO_BOOTSTRAP: "" } },
      [{ kind: "template", path: "c.json", origin: "PROXY_CONFIG" }],
    ],
  ])("%s", async (_, source, expected) => {
    const { launch, errors } = await start(profile, source);
    expect(errors).toBe("");
    expect(launch?.ownConfiguration).toEqual(expected as never); // literals of that shape
    const [first] = expected.length === 0 ? ["stock"] : (launch?.ownConfiguration.map(({ kind }) => kind) ?? []);
    if (first === "file") expect([launch?.configFile, launch?.bootstrap]).toEqual(["own.json", undefined]);
    if (first === "template") expect(JSON.parse(launch?.bootstrap ?? "")).toEqual({ admin: {} });
    if (first === "stock") expect(JSON.parse(launch?.bootstrap ?? "")).toHaveProperty("node");
  });

  test.each<[string, Source, number | undefined]>([
    ["is removed when Envoy has ended", {}, 0o666],
    ["is private with --private-files", { args: ["--private-files"] }, 0o600],
    ["of one's own is neither written nor removed", { config: CUSTOM }, undefined],
  ])("the file that Envoy reads %s", async (_, source, mode) => {
    const { configFile, files, temporary } = (await start(profile, source)).launch ?? expect.unreachable();
    expect(files.map(({ path, mode }) => [path, mode])).toEqual(mode === undefined ? [] : [[configFile, mode]]);
    expect(temporary).toEqual(mode === undefined ? [] : [configFile]);
  });

  test.each([
    ["a.json", ".json"],
    ["d.yaml", ".yaml"],
    ["e.yaml.tmpl", ".yaml"],
  ])("a template %s makes a file %s", async (template, suffix) => {
    const { launch } = await start(profile, { args: ["--templateFile", template] });
    expect(launch?.configFile).toEndWith(suffix);
  });

  test("the flag becomes part of the ProxyConfig even if the variable takes precedence", async () => {
    const files = { "own.eta": '{"config": <%= it.metadata.PROXY_CONFIG %>}' };
    const shown = async (source: Source) => {
      const { launch } = await start(profile, { ...source, files });
      return JSON.parse(launch?.bootstrap ?? "null")?.config.proxyBootstrapTemplatePath;
    };
    expect(await shown({ args: ["--templateFile", "own.eta"] })).toBe("own.eta");
    expect(await shown({ env: { ISTIO_BOOTSTRAP: "own.eta" }, args: FLAG })).toBe("b.json");
    expect(await shown({ env: { ISTIO_BOOTSTRAP: "own.eta" }, config: CONFIGURED })).toBe("c.json");
    expect(await shown({ env: { ISTIO_BOOTSTRAP: "own.eta" } })).toBeUndefined();
  });

  test.each<[string, Source, string]>([
    [
      "that is missing",
      { args: ["--templateFile", "none.json"] },
      'Cannot use bootstrap template "none.json" (--templateFile): no such file or directory',
    ],
    [
      "with actions of Go",
      { args: ["--templateFile", "b.json"], files: { "b.json": "{\n\n{{ .x }}" } },
      'Cannot use bootstrap template "b.json" (--templateFile): it is a Go template with actions ({{ … }}, first on line 3)',
    ],
  ])("a template %s is refused", async (_, source, reason) => {
    const { launch, errors } = await start(profile, source);
    expect([launch, errors]).toEqual([undefined, expect.stringContaining(reason)]);
  });
});

describe("the Envoy that is started", () => {
  const OTHER = { binaryPath: "/opt/envoy" };
  test.each<[string, Source, string, string]>([
    ["the default", {}, "/usr/local/bin/envoy", "default"],
    ["binaryPath", { config: OTHER }, "/opt/envoy", "set by binaryPath in PROXY_CONFIG"],
    ["the flag before it", { config: OTHER, args: ["--envoy-path", "/e"] }, "/e", "set by --envoy-path"],
    ["the variable before it", { config: OTHER, env: { ATTACHE_ENVOY_PATH: "/v" } }, "/v", "set by ATTACHE_ENVOY_PATH"],
    ["the flag before the variable", { env: { ATTACHE_ENVOY_PATH: "/v" }, args: ["--envoy-path", "/e"] }, "/e", "set by --envoy-path"],
  ])("%s", async (_, source, binary, binaryOrigin) => {
    expect((await start("istio-1.30", source)).launch).toMatchObject({ binary, binaryOrigin });
  });
});

describe("an override of the bootstrap in 1.30", () => {
  test.each<[string, Source, readonly object[]]>([
    ["that is used", { files: { "o.yaml": "a: 1" } }, [{ kind: "override", path: "o.yaml", origin: "ISTIO_BOOTSTRAP_OVERRIDE" }]],
    ["that is missing", {}, []],
    ["that cannot be read", { files: { "o.yaml": "a: [" } }, []],
  ])("%s", async (_, source, expected) => {
    const { launch } = await start("istio-1.30", { ...source, env: { ISTIO_BOOTSTRAP_OVERRIDE: "o.yaml" } });
    expect(launch?.ownConfiguration).toEqual(expected as never); // literals of that shape
    expect(hasOption(launch?.options ?? [], "--config-yaml")).toBe(expected.length > 0);
  });
});

describe("an implausible node is reported with a warning", () => {
  const warned = async (env: Readonly<Record<string, string>>, args: readonly string[] = [], profile = "istio-1.30") =>
    (await start(profile, { env, args })).warnings;
  const SOUND = { POD_NAME: "a", POD_NAMESPACE: "b", INSTANCE_IP: "10.244.0.16" };

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ["no address", { ...SOUND, INSTANCE_IP: "10.0.0" }, "INSTANCE_IP"],
    ["no name", { ...SOUND, POD_NAME: "" }, "POD_NAME"],
    ["a name that is not set", { POD_NAMESPACE: "b", INSTANCE_IP: "10.244.0.16" }, "set POD_NAME from metadata.name"],
    ["neither name nor namespace", { INSTANCE_IP: "10.244.0.16" }, "Without POD_NAME and POD_NAMESPACE the node id is"],
    ["no namespace", { ...SOUND, POD_NAMESPACE: "" }, "POD_NAMESPACE"],
    ["an expression as the name", { ...SOUND, POD_NAME: "$(POD_NAME)" }, "$(POD_NAME)"],
    ["a template as the name", { ...SOUND, POD_NAME: "{{ .name }}" }, "{{ .name }}"],
  ])("%s", async (_, env, word) => {
    for (const profile of ["istio-1.6", "istio-1.30"]) {
      const odd = await warned(env, [], profile);
      expect(odd.filter((text) => text.includes(word))).not.toEqual([]);
    }
  });

  test("a plausible node is not reported", async () => {
    const odd = await warned(SOUND);
    expect(odd.filter((text) => /INSTANCE_IP|POD_NAME/.test(text))).toEqual([]);
  });
});

import { describe, expect, test } from "bun:test";
import schema from "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json";
import Ajv from "ajv";
import draft4 from "ajv/lib/refs/json-schema-draft-04.json";
import type { EnvoyAnswer, EnvoyRequest, Host } from "../../src/commands/host.ts";
import { argumentsOf } from "../../src/envoy/options.ts";
import { ok } from "../../src/go/parsed.ts";
import type { Case } from "../conformance/cases.ts";
import { CERTIFICATE_TEXT } from "../support/certificate-text.ts";
import { answerOf, injected } from "./support.ts";

const PLAIN = {
  POD_NAME: "a",
  POD_NAMESPACE: "b",
  PROXY_CONFIG: '{"controlPlaneAuthPolicy": "NONE", "discoveryAddress": "localhost:15010"}',
};
const HEAD = "[2026-11-29 14:39:46.119][6526][critical][main] [source/server/config_validation/server.cc:76] ";
const REJECTED = `${HEAD}error initializing configuration '/tmp/b.json': `;

const ACCEPTED: EnvoyAnswer = { ok: true, output: "configuration '/tmp/b.json' OK\n" };

function rejected(words: string): EnvoyAnswer {
  return { ok: false, output: `${REJECTED}${words}\n` };
}

/** An Envoy that answers by what it is asked. */
function envoy(answer: (text: string, options: readonly string[], request: EnvoyRequest) => EnvoyAnswer): Partial<Host> {
  return {
    openEnvoyCheck: async () => ({
      stopped: new Promise(() => {}),
      validate: async (request) => answer(request.bootstrap?.text ?? "", argumentsOf(request.epoch.options), request),
      close: () => {},
    }),
  };
}

interface Shown {
  readonly ok: boolean;
  readonly envoy: object;
  readonly findings: readonly {
    readonly rule: string;
    readonly level: string;
    readonly message: string;
    readonly path?: string;
    readonly inputs: readonly { readonly input: string; readonly file?: string; readonly line?: number }[];
    readonly notes: readonly string[];
  }[];
}

async function validate(
  args: readonly string[],
  machine: Partial<Case>,
  host: Partial<Host>,
  named: Readonly<Record<string, string>> = {},
): Promise<Shown & { readonly exit: number }> {
  const files = { "/usr/local/bin/envoy": "", "./var/run/secrets/istio/root-cert.pem": CERTIFICATE_TEXT, ...machine.files };
  const { text, exit, errors } = await answerOf(
    ["validate", ...args, "-o", "json"],
    { ...machine, files },
    named,
    undefined,
    undefined,
    host,
  );
  expect(errors).toBe("");
  return { ...(JSON.parse(text) as Shown), exit };
}

const INVALID: Partial<Case> = {
  env: { ...PLAIN, PROXY_CONFIG: '{"statusPort": -2, "drainDuration": "-5s", "discoveryAddress": "localhost:15010"}' },
};

describe("attache's own checks", () => {
  test("each problem with the input that causes it; Envoy is not asked", async () => {
    const found = await validate(
      [],
      INVALID,
      envoy(() => {
        throw new Error("asked");
      }),
    );
    expect({ exit: found.exit, envoy: found.envoy }).toEqual({ exit: 1, envoy: { checked: false, why: "the start is refused before" } });
    expect(found.findings.map(({ rule, level, inputs }) => [rule, level, inputs.map(({ input }) => input)])).toEqual([
      ["attache-refusal", "error", ["drainDuration in PROXY_CONFIG"]],
      ["attache-refusal", "error", ["statusPort in PROXY_CONFIG"]],
    ]);
  });

  test("warnings are traced, too; only --strict refuses them", async () => {
    const machine = { env: { ...PLAIN, ISTIO_METAJSON_Z: "{bad" } };
    const found = await validate(
      [],
      machine,
      envoy(() => ACCEPTED),
    );
    expect(found).toMatchObject({
      ok: true,
      exit: 0,
      findings: [{ rule: "attache-warning", level: "warning", inputs: [{ input: "ISTIO_METAJSON_Z" }] }],
    });
    const strict = await validate(
      ["--strict"],
      machine,
      envoy(() => ACCEPTED),
    );
    expect({ ok: strict.ok, exit: strict.exit }).toEqual({ ok: false, exit: 1 });
  });

  test("an unknown flag is a warning of the report, not of the log", async () => {
    const found = await validate(
      ["--nonsense"],
      { env: PLAIN },
      envoy(() => ACCEPTED),
    );
    expect(found.findings.map(({ message }) => message)).toEqual(["Ignoring unknown flags: --nonsense (--strict refuses them)"]);
  });
});

describe("Envoy's answer", () => {
  test("an annotation is traced with its line", async () => {
    const regex = "(a(=\\.=(.*?);\\.;)";
    const found = await validate(
      [],
      { env: PLAIN, files: { "./etc/istio/pod/annotations": 'x="y"\nsidecar.istio.io/extraStatTags="a("\n' } },
      envoy((text) =>
        text.includes("(a(=") ? rejected(`Invalid regex '${regex}': The expression contained mismatched ( and ).`) : ACCEPTED,
      ),
    );
    expect(found).toMatchObject({
      exit: 1,
      findings: [
        {
          rule: "envoy-configuration",
          path: "stats_config.stats_tags[a(].regex",
          inputs: [{ input: "pod annotation sidecar.istio.io/extraStatTags", file: "./etc/istio/pod/annotations", line: 2 }],
        },
      ],
    });
  });

  test("what no single part causes is not guessed", async () => {
    const found = await validate(
      [],
      { env: PLAIN },
      envoy(() => rejected("something that nobody knows")),
    );
    expect(found.findings).toMatchObject([
      {
        level: "error",
        message: "something that nobody knows",
        inputs: [],
        notes: ["Envoy names no place, and no single part of the configuration is the cause", expect.any(String)],
      },
    ]);
    expect(found.findings[0]).not.toHaveProperty("path");
  });

  test.each([
    ["it took longer than 10 s", 'Envoy "/usr/local/bin/envoy" did not validate the configuration: it took longer than 10 s'],
    ["it was ended by SIGSEGV", 'Envoy "/usr/local/bin/envoy" did not validate the configuration: it was ended by SIGSEGV'],
  ])("no answer: %s", async (why, message) => {
    const found = await validate(
      [],
      { env: PLAIN },
      envoy(() => ({ why })),
    );
    expect(found).toMatchObject({ exit: 1, envoy: { checked: false, why }, findings: [{ rule: "not-checked", level: "error", message }] });
  });

  test("the log level is one at which Envoy gives a reason", async () => {
    let options: readonly string[] = [];
    const asking = envoy((_, given) => {
      options = given;
      return ACCEPTED;
    });
    await validate(["--proxyLogLevel=off"], { env: PLAIN }, asking);
    expect(options[options.indexOf("-l") + 1]).toBe("warning");
  });

  test("a stop ends it with the status of the signal, and prints nothing", async () => {
    const stopping: Partial<Host> = {
      openEnvoyCheck: async () => ({ stopped: Promise.resolve(143), validate: () => new Promise(() => {}), close: () => {} }),
    };
    expect(await answerOf(["validate"], { env: PLAIN }, {}, undefined, undefined, stopping)).toEqual({ text: "", errors: "", exit: 143 });
  });
});

describe("a pod from a file", () => {
  const FILE = "sidecar-1.30.yaml";
  const named = { [FILE]: injected(FILE) };
  const pod = (name: string) => injected(name);

  test("is checked with the Envoy that is here", async () => {
    let asked = "";
    const found = await validate(
      ["--from-file", FILE],
      {},
      envoy((_, __, { epoch }) => {
        asked = epoch.binary;
        return ACCEPTED;
      }),
      named,
    );
    expect({ exit: found.exit, asked }).toEqual({ exit: 0, asked: "/usr/local/bin/envoy" });
  });

  test("without an Envoy here, only the settings are checked: a warning, which --strict refuses", async () => {
    const none: Partial<Host> = { ...envoy(() => ACCEPTED), answerQuestions: async () => NO_ENVOY };
    const found = await validate(["--from-file", FILE], {}, none, named);
    expect(found).toMatchObject({
      exit: 0,
      envoy: { checked: false },
      findings: [{ rule: "not-checked", level: "warning", message: "Not checked by Envoy: there is none on this machine" }],
    });
    expect((await validate(["--from-file", FILE, "--strict"], {}, none, named)).exit).toBe(1);
  });

  test("a file of the pod that is not here is unknown, and what follows is checked", async () => {
    const asking = envoy((text) =>
      text.includes("root-cert.pem") ? rejected("Invalid path: ./var/run/secrets/istio/root-cert.pem") : ACCEPTED,
    );
    const found = await validate(["--from-file", "sidecar-1.6.yaml"], {}, asking, { "sidecar-1.6.yaml": pod("sidecar-1.6.yaml") });
    expect(found).toMatchObject({
      exit: 0,
      findings: [{ rule: "envoy-missing-file", level: "unknown", message: expect.stringMatching(/^Cannot be known here: Invalid path/) }],
    });
  });

  test("the line of an annotation in the manifest", async () => {
    const text = pod(FILE).replace("concurrency: 3", "concurrency: 3\n      drainDuration: -5s");
    const found = await validate(
      ["--from-file", "bad.yaml"],
      {},
      envoy(() => ACCEPTED),
      { "bad.yaml": text },
    );
    const [first] = found.findings;
    expect(first).toMatchObject({ level: "error", inputs: [{ file: "bad.yaml", line: 12 }] });
    expect(text.split("\n")[11]).toContain("drainDuration: -5s");
  });

  test("an override in a ConfigMap of the file is traced to its line", async () => {
    const map = [
      "apiVersion: v1",
      "kind: ConfigMap",
      "metadata: {name: custom, namespace: bookinfo}",
      "data:",
      "  custom_bootstrap.json: |",
      '    {"admin":',
      '      {"adress": {}}}',
    ].join("\n");
    const text = `${map}\n---\n${pod(FILE)
      .replace(
        "      env:\n",
        "      env:\n        - name: ISTIO_BOOTSTRAP_OVERRIDE\n          value: /etc/istio/custom-bootstrap/custom_bootstrap.json\n",
      )
      .replace("      volumeMounts:\n", "      volumeMounts:\n        - {mountPath: /etc/istio/custom-bootstrap, name: custom}\n")
      .replace("  volumes:\n", "  volumes:\n    - {name: custom, configMap: {name: custom}}\n")}`;
    const words =
      "Protobuf message (type envoy.config.bootstrap.v3.Bootstrap reason INVALID_ARGUMENT: invalid JSON in envoy.config.bootstrap.v3.Bootstrap @ admin: message envoy.config.bootstrap.v3.Admin, near 1:20 (offset 19): no such  field: 'adress') has unknown fields";
    const found = await validate(
      ["--from-file", "pod.yaml"],
      {},
      envoy((_, options) => (options.some((each) => each.includes("adress")) ? rejected(words) : ACCEPTED)),
      { "pod.yaml": text },
    );
    expect(found.findings).toMatchObject([{ rule: "envoy-unknown-field", path: "admin.adress", inputs: [{ file: "pod.yaml", line: 7 }] }]);
  });
});

/** The answers of a machine without Envoy. */
const NO_ENVOY = {
  installedEnvoy: () => undefined,
  stat: () => "missing" as const,
  envoyVersion: () => ok({ major: 1, minor: 40, patch: 0, text: "1.40.0" }),
} as never;

describe("SARIF", () => {
  const isValid = new Ajv({ schemaId: "id", meta: false, unknownFormats: "ignore" });
  isValid.addMetaSchema(draft4);

  test.each([
    ["with errors", INVALID, ACCEPTED],
    ["without any", { env: PLAIN }, ACCEPTED],
    ["with what cannot be traced", { env: PLAIN }, rejected("something that nobody knows")],
    ["with no answer", { env: PLAIN }, { why: "it took longer than 10 s" }],
  ] as const)("is valid by the published schema: %s", async (_, machine, answer) => {
    const { text, exit } = await answerOf(
      ["validate", "-o", "sarif"],
      machine,
      {},
      undefined,
      undefined,
      envoy(() => answer),
    );
    const log: unknown = JSON.parse(text);
    expect({ valid: isValid.validate(schema, log), errors: isValid.errors }).toEqual({ valid: true, errors: null });
    expect(log).toMatchObject({ version: "2.1.0", runs: [{ invocations: [{ exitCode: exit }] }] });
  });

  test("has the file and line, and the place in the bootstrap", async () => {
    const { text } = await answerOf(
      ["validate", "-o", "sarif"],
      {
        env: PLAIN,
        files: {
          "/usr/local/bin/envoy": "",
          "./var/run/secrets/istio/root-cert.pem": CERTIFICATE_TEXT,
          "./etc/istio/pod/annotations": 'sidecar.istio.io/statsFlushInterval="-5s"\n',
        },
      },
      {},
      undefined,
      undefined,
      envoy((given) =>
        /"stats_flush_interval": ?"-5s"/.test(given)
          ? rejected("Invalid duration: Expected positive duration: goo.gle/debugstr   \nseconds: -5\n")
          : ACCEPTED,
      ),
    );
    expect(JSON.parse(text)).toMatchObject({
      runs: [
        {
          results: [
            {
              ruleId: "envoy-configuration",
              level: "error",
              locations: [
                {
                  physicalLocation: { artifactLocation: { uri: "etc/istio/pod/annotations" }, region: { startLine: 1 } },
                  logicalLocations: [{ fullyQualifiedName: "stats_flush_interval" }],
                },
              ],
            },
          ],
        },
      ],
    });
  });
});

test("the text for people", async () => {
  const { text, exit } = await answerOf(
    ["validate"],
    INVALID,
    {},
    undefined,
    undefined,
    envoy(() => ACCEPTED),
  );
  expect(exit).toBe(1);
  expect(text).toBe(`this machine, profile istio-1.30

error: Cannot use proxy config: invalid drain duration: duration must be greater than 1ms: current value is -5s (drainDuration from PROXY_CONFIG, line 1, column 37)
  because of drainDuration in PROXY_CONFIG = "-5s"

error: Cannot use proxy config: invalid status port: port number -2 must be in the range 1..65535 (statusPort from PROXY_CONFIG, line 1, column 16)
  because of statusPort in PROXY_CONFIG = -2

2 errors, 0 warnings; not checked by Envoy: the start is refused before
`);
});

test("another format than text, json and sarif is refused", async () => {
  expect(await answerOf(["validate", "-o", "xml"])).toEqual({
    text: "",
    errors: '--output must be text, json or sarif: current value is "xml"',
    exit: 2,
  });
});

import { describe, expect, test } from "bun:test";
import { ConfigError } from "../../src/common/errors.ts";
import { type Environment, environmentOf } from "../../src/inputs/environment.ts";
import type { FileRead } from "../../src/inputs/inputs.ts";
import type { Question } from "../../src/inputs/questions.ts";
import { processSource } from "../../src/pod/process-source.ts";
import { agentArguments } from "../../src/pod/proxy-arguments.ts";
import type { RunningProcess } from "../../src/pod/running-process.ts";

const process = (words: readonly string[], more: Partial<RunningProcess> = {}, texts: Readonly<Record<string, FileRead>> = {}) =>
  ({
    pid: 12,
    words,
    variables: [["PATH", "/opt:/usr/bin"]],
    uid: 1337,
    directory: "/w",
    files: {
      read: (path) => texts[path] ?? { kind: "missing" },
      stat: (path) => (texts[path]?.kind === "text" ? "file" : path.endsWith(".sock") ? "other" : "missing"),
    },
    network: { interfaces: [], unplaced: [], unordered: [] },
    limits: {},
    isHere: false,
    isOurs: false,
    listensOn: (path) => path.endsWith("own.sock"),
    ...more,
  }) satisfies RunningProcess;
const sourceOf = (...given: Parameters<typeof process>) => processSource(process(...given), {});

test.each([
  [
    ["pilot-agent", "proxy", "sidecar"],
    ["proxy", "sidecar"],
  ],
  [
    ["/usr/bin/attache", "--profile", "istio-1.6", "proxy", "router"],
    ["proxy", "--profile", "istio-1.6", "router"],
  ],
  [
    ["attache", "--strict=true", "--log_as_json", "proxy"],
    ["proxy", "--strict=true", "--log_as_json"],
  ],
  [
    ["/sbin/tini", "-g", "--", "/usr/local/bin/pilot-agent", "proxy", "--domain", "d"],
    ["proxy", "--domain", "d"],
  ],
  [["/sbin/tini", "--", "/app/agent", "proxy"], ["proxy"]],
  [
    ["sh", "/start.sh", "proxy", "sidecar"],
    ["proxy", "sidecar"],
  ],
  [["proxy"], ["proxy"]],
  [["envoy", "-c", "x"], undefined],
] as const)("the arguments of an agent in %j", (words, expected) => {
  expect<readonly string[] | undefined>(agentArguments(words)).toEqual(expected);
});

describe("which process it is", () => {
  test("an agent", () => {
    const { name, argv, unknowns } = sourceOf(["/usr/local/bin/pilot-agent", "proxy", "sidecar", "--domain", "d"]);
    expect([name, argv, unknowns()]).toEqual(["process 12 (pilot-agent)", ["proxy", "sidecar", "--domain", "d"], []]);
  });

  test("an Envoy whose agent runs is refused, with the agent", () => {
    const parent = { pid: 7, words: ["pilot-agent", "proxy"] };
    for (const words of [["/usr/local/bin/envoy"], ["/opt/other", "--config-path=x", "--restart-epoch", "0"]])
      expect(() => sourceOf(words, { parent })).toThrow(
        new ConfigError("Cannot use process 12", ["it is Envoy; give its agent, process 7"]),
      );
  });

  test.each([
    ["an Envoy without an agent", ["envoy", "-c", "x"], "the process is Envoy, and its agent does not run"],
    ["another program", ["sleep", "60"], "the process is not an agent"],
    ["a program without arguments", [], "the process is not an agent"],
  ])("%s", (_, words, origin) => {
    const { argv, unknowns } = sourceOf(words, { parent: { pid: 1, words: ["init"] } });
    expect([argv, unknowns()]).toEqual([["proxy"], [{ name: "arguments", origin, standIn: "proxy" }]]);
  });
});

describe("what it sees", () => {
  test("files relative to its directory", () => {
    const texts = { "/w/etc/istio/pod/labels": { kind: "text", text: 'a="b"' }, "/mesh": { kind: "text", text: "{}" } } as const;
    const source = sourceOf(["attache", "proxy"], {}, texts);
    const { files, uid } = source.readInputs(source.environment, "/mesh");
    expect([files, uid]).toEqual([
      { labels: { kind: "text", text: 'a="b"' }, annotations: { kind: "missing" }, meshConfig: { kind: "text", text: "{}" } },
      1337,
    ]);
  });

  test("a file that it may be allowed to read, but we are not", () => {
    const texts = { "/w/m": { kind: "unreadable", reason: "permission denied" } } as const;
    const source = sourceOf(["attache", "proxy"], {}, texts);
    expect(source.readInputs(source.environment, "m").files.meshConfig).toEqual({ kind: "missing" });
    expect(source.unknowns()).toEqual([{ name: 'file "/w/m"', origin: "permission denied" }]);
  });

  test("a pipe, which it could read", () => {
    const texts = { "/w/m": { kind: "unreadable", reason: "is not a regular file" } } as const;
    const source = sourceOf(["attache", "proxy"], {}, texts);
    expect(source.readInputs(source.environment, "m").files.meshConfig).toEqual({ kind: "unreadable", reason: "is not a regular file" });
    expect(source.unknowns()).toHaveLength(1);
  });

  test("sockets: nothing answered on its own when it was started", () => {
    const source = sourceOf(["attache", "proxy"]);
    const { socket } = source.answerQuestions(
      ["./own.sock", "./other.sock", "./none"].map((path) => ({ kind: "socket", path })),
      source,
    );
    expect([socket("./own.sock"), socket("./other.sock"), socket("./none")]).toEqual(["absent", "healthy", "absent"]);
    expect(source.unknowns()).toEqual([{ name: 'socket "/w/other.sock"', origin: "whether a server answers on it", standIn: "healthy" }]);
  });

  test("the Envoy that its PATH finds", () => {
    const { answerQuestions, environment } = sourceOf(["attache", "proxy"], {}, { "/usr/bin/envoy": { kind: "text", text: "" } });
    const foundIn = (given: Environment) =>
      answerQuestions([{ kind: "installed-envoy", path: "/none" }], { environment: given }).installedEnvoy("/none");
    expect(foundIn(environment)).toBe("/usr/bin/envoy");
    expect(foundIn(environmentOf([]))).toBeUndefined();
  });

  test("what cannot be known is named", () => {
    const { directory: _, network: __, ...others } = process(["attache", "proxy"]);
    const { answerQuestions, unknowns, environment } = processSource(others, {});
    const questions: readonly Question[] = [
      { kind: "lookup", host: "istiod" },
      { kind: "base-id", adminPort: 1, configPath: "c" },
      { kind: "envoy-version", binary: "/usr/local/bin/envoy", orInstalled: false },
    ];
    answerQuestions(questions, { environment });
    expect(unknowns().map(({ name }) => name)).toEqual([
      "working directory",
      "network interfaces",
      "address of istiod",
      "--base-id",
      "version of Envoy",
    ]);
  });
});

import { describe, expect, test } from "bun:test";
import { argumentOf } from "../../src/cli/argument.ts";
import { findCommand } from "../../src/cli/find-command.ts";
import { boolFlag, intFlag, stringFlag } from "../../src/cli/flag.ts";
import { flagValues } from "../../src/cli/flag-values.ts";
import { logFlags, logOptions } from "../../src/cli/log-options.ts";
import { nearest } from "../../src/cli/nearest.ts";
import { readSwitches, SWITCHES, switchArguments, variableOf } from "../../src/cli/switches.ts";
import { environmentOf } from "../../src/inputs/environment.ts";
import { flagArguments } from "../support/flag-arguments.ts";

describe("findCommand, by cobra's rule (contract 1.6 §1.5)", () => {
  const ROOT = [stringFlag("profile", "", ""), boolFlag("strict", false, "")];
  test.each([
    [["proxy", "sidecar"], { name: "proxy", rest: ["sidecar"] }],
    [["--profile", "istio-1.6", "proxy"], { name: "proxy", rest: ["--profile", "istio-1.6"] }],
    [["--profile=istio-1.6", "proxy"], { name: "proxy", rest: ["--profile=istio-1.6"] }],
    [["--strict", "proxy"], { name: "proxy", rest: ["--strict"] }],
    [["--unknown", "proxy", "sidecar"], { rest: ["--unknown", "proxy"], unknown: "sidecar" }],
    [["--unknown", "proxy"], { rest: ["--unknown", "proxy"] }],
    [["-x", "proxy"], { rest: ["-x", "proxy"] }],
    [["--", "proxy"], { rest: ["--", "proxy"] }],
    [["prox"], { rest: [], unknown: "prox" }],
    [[], { rest: [] }],
  ])("%p", (argv, expected) => {
    const { rest, ...found } = findCommand(argv.map(argumentOf), ROOT, ["proxy", "version"]);
    expect({ ...found, rest: rest.map(({ text }) => text) }).toEqual(expected);
  });
});

describe("flagValues", () => {
  const TABLE = [
    stringFlag("domain", "d", ""),
    intFlag("n", 3, ""),
    boolFlag("b", true, ""),
    { ...stringFlag("t", "", ""), kind: "strings" as const },
  ];
  test("the last value counts, strings keep all, absent flags have their default", () => {
    const { values, errors } = flagValues(flagArguments("--domain=a", "--domain=b", "--n=0x10", "--t=1", "--t=2"), TABLE);
    expect(errors).toEqual([]);
    expect([values.string("domain"), values.int("n"), values.bool("b"), values.strings("t"), values.given("b"), values.given("n")]).toEqual(
      ["b", 16, true, ["1", "2"], false, true],
    );
  });
  test.each([
    ["--n=http", 'invalid argument "http" for "--n" flag: strconv.ParseInt: parsing "http": invalid syntax'],
    ["--n=", 'invalid argument "" for "--n" flag: strconv.ParseInt: parsing "": invalid syntax'],
    ["--n=1.5", 'invalid argument "1.5" for "--n" flag: strconv.ParseInt: parsing "1.5": invalid syntax'],
    ["--b=maybe", 'invalid argument "maybe" for "--b" flag: strconv.ParseBool: parsing "maybe": invalid syntax'],
  ])("%s is refused with pflag's message", (word, error) => {
    expect(flagValues(flagArguments(word), TABLE).errors.map(({ message }) => message)).toEqual([error]);
  });
  test("strings are kept as they are", () => {
    for (const text of ["007", "1e3", "true", "__proto__", " x ", "a.b=c"])
      expect(flagValues(flagArguments(`--domain=${text}`), TABLE).values.string("domain")).toBe(text);
  });
});

describe("switches", () => {
  test("each has its own variable", () => {
    const variables = SWITCHES.map(({ name }) => variableOf(name));
    expect(variables.filter((variable) => !/^ATTACHE_[A-Z]+(_[A-Z]+)*$/.test(variable))).toEqual([]);
    expect(new Set(variables).size).toBe(variables.length);
    expect(variableOf("termination-message-path")).toBe("ATTACHE_TERMINATION_MESSAGE_PATH");
  });
  test("a flag takes precedence over its variable, an empty variable counts as unset", () => {
    const given = switchArguments(
      environmentOf([
        ["ATTACHE_EXIT_STATUS", "istio"],
        ["ATTACHE_STRICT", ""],
      ]),
    );
    expect(given).toEqual([{ name: "exit-status", value: "istio", variable: "ATTACHE_EXIT_STATUS" }]);
    expect(readSwitches(flagValues([...given, ...flagArguments("--exit-status=true")], SWITCHES).values).switches.exitStatus).toBe("true");
  });
  test.each([
    ["--xds=file:/x", { kind: "file", directory: "/x" }],
    ["--xds=agent", { kind: "agent" }],
    ["--xds=direct", { kind: "direct" }],
  ])("%s", (word, xds) => {
    expect(readSwitches(flagValues(flagArguments(word), SWITCHES).values)).toMatchObject({ errors: [], switches: { xds } });
  });
  test("an empty time is the default", () => {
    const args = ["--stop-timeout=", "--pre-drain-delay=", "--grace-period=", "--parent-shutdown-time="];
    expect(readSwitches(flagValues(flagArguments(...args), SWITCHES).values)).toMatchObject({
      errors: [],
      switches: { stopTimeout: 5_000, preDrainDelay: 0, gracePeriod: undefined, parentShutdownTime: undefined },
    });
    expect(readSwitches(flagValues([], SWITCHES).values).switches.stopTimeout).toBe(5_000);
  });
  test.each(
    SWITCHES.filter(
      ({ kind, name }) => kind !== "bool" && name !== "profile" && name !== "termination-message-path" && name !== "envoy-path",
    ),
  )("an invalid value of --$name is reported once", ({ name }) => {
    const value = "no such thing";
    const message = expect.stringMatching(new RegExp(`^--${name} must be .*: current value is "${value}"$`));
    expect(readSwitches(flagValues(flagArguments(`--${name}=${value}`), SWITCHES).values).errors).toEqual([{ flag: name, value, message }]);
  });
  test.each(["--xds=file:", "--xds=directly", "--xds=", "--exit-status=0"])("%s is refused", (word) => {
    expect(readSwitches(flagValues(flagArguments(word), SWITCHES).values).errors).toHaveLength(1);
  });
});

describe("logOptions (contract 1.6 §1.3, 1.30 §1.2)", () => {
  const read = (text: string, scopes?: readonly string[], flag = "log_output_level") =>
    logOptions(flagValues(flagArguments(`--${flag}=${text}`), logFlags(scopes === undefined ? "" : "default:info")).values, {
      ...(scopes === undefined ? { base: "default:info" } : { scopes }),
      badLevel: (item, level) => `bad ${item} ${level}`,
    });
  test.each([
    ["", "info"],
    ["debug", "debug"],
    ["default:warn", "warn"],
    ["model:debug", "info"],
    ["model:debug,default:error", "error"],
    ["all:debug,default:error", "error"],
    ["default:error,all:debug", "debug"],
    ["default:none", "none"],
  ])("%s is level %s", (text, level) => {
    expect(read(text)).toMatchObject({ ok: true, value: { level } });
  });
  test.each([
    ["default:loud", "bad default:loud loud (--log_output_level)"],
    ["a:b:c", "invalid output level format 'a:b:c' (--log_output_level)"],
    ["all:info,loud", "bad loud loud (--log_output_level)"],
    ["info,", "bad   (--log_output_level)"],
  ])("%s is refused", (text, error) => {
    expect(read(text)).toEqual({ ok: false, error });
  });
  test("where scopes must be known, all of them end the list", () => {
    expect(read("all:debug,nosuchscope:x", ["default"])).toMatchObject({ ok: true, value: { level: "debug" } });
  });
  test("no level at all is refused where none is built in, and for stack traces everywhere", () => {
    expect([read("", ["default"]), read("", undefined, "log_stacktrace_level")]).toEqual([
      { ok: false, error: "bad   (--log_output_level)" },
      { ok: false, error: "bad   (--log_stacktrace_level)" },
    ]);
  });
  test.each([
    ["default,,all,nosuchscope", undefined],
    ["default,nosuchscope", "unknown scope 'nosuchscope' specified (--log_caller)"],
  ])("callers of %s are logged where scopes must be known", (text, error) => {
    const found = read(text, ["default"], "log_caller");
    expect(found.ok ? undefined : found.error).toBe(error);
    expect(read(text, undefined, "log_caller").ok).toBe(true);
  });
  test("a scope that must be known", () => {
    expect(read("nosuchscope:info", ["default"])).toEqual({
      ok: false,
      error: "unknown scope 'nosuchscope' specified (--log_output_level)",
    });
  });
});

test.each([
  ["prox", "proxy"],
  ["concurency", "concurrency"],
  ["ProxyLogLevel", "proxyLogLevel"],
  ["discoveryAddress", undefined],
  ["x", undefined],
])("the name nearest to %s is %p", (word, expected) => {
  expect(nearest(word, ["proxy", "version", "concurrency", "proxyLogLevel"])).toBe(expected);
});

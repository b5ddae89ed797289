import { describe, expect, test } from "bun:test";
import { openSync } from "node:fs";
import { SUBJECTS } from "../support/subject.ts";
import { envoyIs, newPlace, textsOf, writeResources } from "./support.ts";

/** Mistyped command lines, and the message for each. */
const MISTYPED: readonly (readonly [args: string, says: string, variable?: string])[] = [
  ["wiat", 'unknown command "wiat" for "attache"; did you mean wait? (Run \'attache --help\' for usage.)'],
  ["help porxy", 'unknown command "porxy" for "attache"; did you mean proxy? (Run \'attache --help\' for usage.)'],
  [
    "--profile istio-1.6 wait",
    'unknown command "wait" for "attache"; only the profiles istio-1.28, istio-1.29, istio-1.30 and istio-1.31 have it (Run \'attache --help\' for usage.)',
  ],
  ["version --shrot", "unknown flag: --shrot; did you mean --short? (Run 'attache help version' for its flags)"],
  ["wait --timeout=5", "unknown flag: --timeout; did you mean --timeoutSeconds? (Run 'attache help wait' for its flags)"],
  ["render --concurrency", "flag needs an argument: --concurrency (Run 'attache help render' for its flags)"],
  [
    "render --concurrency=two",
    `invalid argument "two" for "--concurrency" flag: strconv.ParseInt: parsing "two": invalid syntax (Run 'attache help render' for its flags)`,
  ],
  ["render --readiness=now", "--readiness must be istio or live: current value is \"now\" (Run 'attache help render' for its flags)"],
  ["render --restart=1", "--restart must be never, on-failure or always: current value is \"1\" (Run 'attache help render' for its flags)"],
  [
    "render",
    "--drain must be recorded or lossless: current value is \"fast\" (ATTACHE_DRAIN) (Run 'attache help render' for its flags)",
    "ATTACHE_DRAIN=fast",
  ],
  [
    "render --drain=faster",
    "--drain must be recorded or lossless: current value is \"faster\" (Run 'attache help render' for its flags)",
    "ATTACHE_DRAIN=fast",
  ],
  [
    "render --stop-timeout=soon",
    "--stop-timeout must be a time such as 30 (seconds), 500ms or 1m30s: current value is \"soon\" (Run 'attache help render' for its flags)",
  ],
  ["render --format=xml", '--format must be bootstrap, argv or launch: current value is "xml"'],
  ["request GET", "requires at least 2 arg(s), only received 1: give a method and a path, such as GET clusters"],
  ["request --debug-port=80 GET x", "--debug-port must be 15000, 15004, 15020 or 15021: current value is 80"],
  ["run", "run needs a command: run [flags] -- COMMAND [arguments]"],
  [
    "render --xds=drect",
    "--xds must be agent, direct or file:DIR: current value is \"drect\"; did you mean direct? (Run 'attache help render' for its flags)",
  ],
  [
    "render --drain=losless",
    "--drain must be recorded or lossless: current value is \"losless\"; did you mean lossless? (Run 'attache help render' for its flags)",
  ],
  [
    "render --readiness=liv",
    "--readiness must be istio or live: current value is \"liv\"; did you mean live? (Run 'attache help render' for its flags)",
  ],
  [
    "render --restart=onfailure",
    "--restart must be never, on-failure or always: current value is \"onfailure\"; did you mean on-failure? (Run 'attache help render' for its flags)",
  ],
  ["render --format=bootstrp", '--format must be bootstrap, argv or launch: current value is "bootstrp"; did you mean bootstrap?'],
  ["render -o jsn", '--output must be json or yaml: current value is "jsn"; did you mean json?'],
  ["wait --url=localhost:15021", '--url must be a URL with http or https: current value is "localhost:15021"'],
  ["run --quit=on-sucess -- true", '--quit must be always, on-success or never: current value is "on-sucess"; did you mean on-success?'],
  ["run --quit=sometimes -- true", '--quit must be always, on-success or never: current value is "sometimes"'],
  ["run --quit-url=/quit -- true", '--quit-url must be a URL with http or https: current value is "/quit"'],
];

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))("%s", (_, subject) => {
  test.each(MISTYPED)("%s", async (args, says, variable = "") => {
    using place = newPlace();
    const [name = "", value = ""] = variable.split("=");
    const { status, stdout, stderr } = await place.run(subject, args.split(" "), { env: name === "" ? {} : { [name]: value } });
    expect([status, stdout, textsOf("error", stderr)]).toEqual([255, "", [says]]);
  });

  test("an unknown profile is ignored with a warning", async () => {
    using place = newPlace();
    const { status, stdout, stderr } = await place.run(subject, ["--profile", "istio-1.7", "version", "--short"]);
    expect([status, stdout, textsOf("warn", stderr)]).toEqual([
      0,
      "client version: 1.30.3\n",
      [
        'Ignoring --profile "istio-1.7", using profile istio-1.30: valid profiles are istio-1.6, istio-1.28, istio-1.29, istio-1.30, istio-1.31',
      ],
    ]);
  });

  test.each([
    [["version", "--short", "please"], 'Ignoring "please": version takes no arguments'],
    [["render", "sidecar", "router", "x", "--xds=file:."], 'Ignoring "router x": render takes only [sidecar|router|…]'],
  ])("the unused arguments %j are reported", async (args, says) => {
    using place = newPlace();
    writeResources(place);
    const { status, stderr } = await place.run(subject, args, { env: { POD_NAME: "a", POD_NAMESPACE: "b" } });
    expect([status, textsOf("warn", stderr)]).toEqual([0, [says]]);
  });

  test("a full standard output is an error, a closed one is not", async () => {
    using place = newPlace();
    const full = await place.run(subject, ["help"], { stdout: openSync("/dev/full", "w") });
    expect([full.status, textsOf("error", full.stderr)]).toEqual([255, ["Cannot write to standard output: no space left on device"]]);
    const script = 'mkfifo pipe; exec 3<>pipe; exec 4>pipe 3<&-; "$@" >&4';
    const unread = await place.run(subject, ["help"], { wrap: ["sh", "-c", script, "sh"] });
    expect([unread.status, unread.stderr]).toEqual([141, ""]);
  });

  test("lines that a log file cannot take go to standard error", async () => {
    using place = newPlace();
    const { status, stderr } = await place.run(subject, ["proxy", "--log_target=no/log"], { env: envoyIs("touches-marker") });
    const errors = textsOf("error", stderr);
    expect([status, errors]).toEqual([0, ['Cannot write the log to "no/log" (--log_target): no such file or directory']]);
    expect(textsOf("info", stderr).join("\n")).toContain("Epoch 0 exited: exit status 0");
  });

  test("files instead of a control plane need no root certificate, a control plane does", async () => {
    using place = newPlace();
    writeResources(place);
    const env = { XDS_ROOT_CA: "no.pem", CA_ROOT_CA: "no.pem", POD_NAME: "a", POD_NAMESPACE: "b" };
    const files = await place.run(subject, ["render", "--xds=file:."], { env });
    expect([files.status, files.stderr]).toEqual([0, ""]);
    const agent = await place.run(subject, ["render"], { env });
    expect([agent.status, textsOf("error", agent.stderr).join()]).toEqual([255, expect.stringContaining("--xds file:DIR need none")]);
  });
});

import { describe, expect, test } from "bun:test";
import { SUBJECTS, type Subject } from "../support/subject.ts";
import { envoyIs, eventually, newPlace, type Place, textsOf } from "./support.ts";

// A refusal is one line of the log, one object of a JSON log, the termination message, and plain lines at a terminal.

const TWO = { PROXY_CONFIG: JSON.stringify({ proxyAdminPort: 0, statusPort: 70000 }) };
const ADMIN = "invalid proxy admin port: port number 0 must be in the range 1..65535 (proxyAdminPort from PROXY_CONFIG, line 1, column 19)";
const HINT = "Run 'attache help proxy' for its flags";
const CONCURRENCY = 'invalid argument "x" for "--concurrency" flag: strconv.ParseInt: parsing "x": invalid syntax';
const PROFILING = 'invalid argument "maybe" for "--profiling" flag: strconv.ParseBool: parsing "maybe": invalid syntax';

interface Refusal {
  readonly what: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly line: string;
  readonly lines: readonly string[];
}

const REFUSALS: readonly Refusal[] = [
  {
    what: "several flags",
    args: ["proxy", "--concurrency=x", "--profiling=maybe"],
    line: `${CONCURRENCY}; ${PROFILING} (${HINT})`,
    lines: [HINT, CONCURRENCY, PROFILING],
  },
  {
    what: "an unknown flag with --strict",
    args: ["proxy", "--strict", "--concurency=2"],
    line: `unknown flag: --concurency; did you mean --concurrency? (${HINT})`,
    lines: [HINT, "unknown flag: --concurency; did you mean --concurrency?"],
  },
  {
    what: "a mistyped command",
    args: ["prox", "sidecar"],
    line: 'unknown command "prox" for "attache"; did you mean proxy? (Run \'attache --help\' for usage.)',
    lines: ["Run 'attache --help' for usage.", 'unknown command "prox" for "attache"; did you mean proxy?'],
  },
  {
    what: "an unknown log level",
    args: ["proxy", "--log_output_level=loud"],
    line: `invalid output level 'loud' (--log_output_level) (${HINT})`,
    lines: [HINT, "invalid output level 'loud' (--log_output_level)"],
  },
  {
    what: "an unknown role",
    args: ["proxy", "gateway"],
    line: 'invalid proxy Type: "gateway"; valid roles are sidecar, router, waypoint, ztunnel and agentgateway',
    lines: ['invalid proxy Type: "gateway"; valid roles are sidecar, router, waypoint, ztunnel and agentgateway'],
  },
  {
    what: "one setting",
    args: ["proxy"],
    env: { PROXY_CONFIG: JSON.stringify({ proxyAdminPort: 0 }) },
    line: `Cannot use proxy config: ${ADMIN}`,
    lines: [`Cannot use proxy config: ${ADMIN}`],
  },
];

/** Runs a command at a terminal. Returns the lines it shows, once the last one ends with a text. */
async function shown(place: Place, subject: Subject, args: readonly string[], env: Readonly<Record<string, string>>, end: string) {
  const chunks: Uint8Array[] = [];
  const text = () => Buffer.concat(chunks).toString().replaceAll("\r\n", "\n").trimEnd();
  const terminal = new Bun.Terminal({ cols: 1_000, rows: 24, data: (_, chunk) => void chunks.push(chunk) });
  try {
    const child = Bun.spawn([...subject.command, ...args], {
      cwd: place.directory,
      env: { PATH: process.env["PATH"] ?? "", CLOUD_PLATFORM: "none", ...env },
      terminal,
    });
    await child.exited;
    await eventually(() => text().endsWith(end), `"${end}" at the end of: ${text()}`);
  } finally {
    if (!terminal.closed) terminal.close();
  }
  return text()
    .split("\n")
    .filter((line) => !/^\S+Z\t/.test(line));
}

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))("%s", (_, subject) => {
  describe.each(REFUSALS.map((refusal) => [refusal.what, refusal] as const))("refuses %s", (_, { args, env = {}, line, lines }) => {
    const given = { ...envoyIs("touches-marker"), ...env, ATTACHE_TERMINATION_MESSAGE_PATH: "reason" };

    test("in one line, which is the termination message too", async () => {
      using place = newPlace();
      const { status, stderr } = await place.run(subject, args, { env: given });
      expect([status, textsOf("error", stderr), place.read("reason")]).toEqual([255, [line], line]);
    });

    test("in one object", async () => {
      using place = newPlace();
      const { status, stderr } = await place.run(subject, [...args, "--log_as_json"], { env: given });
      const objects = stderr
        .trimEnd()
        .split("\n")
        .map((text) => JSON.parse(text));
      expect([status, objects.filter(({ level }) => level === "error").map(({ msg }) => msg)]).toEqual([255, [line]]);
    });

    test("at a terminal without a timestamp, with the reason last", async () => {
      using place = newPlace();
      expect(await shown(place, subject, args, given, lines.at(-1) ?? "")).toEqual([...lines]);
    });
  });

  test("several problems of settings are one line of the log, and a list at a terminal", async () => {
    using place = newPlace();
    const { stderr } = await place.run(subject, ["render"], { env: TWO });
    const [text = "", ...others] = textsOf("error", stderr);
    expect([others, text.split("\n")]).toEqual([[], [text]]);
    const [head, ...problems] = await shown(place, subject, ["render"], TWO, "column 34)");
    expect(head).toBe("Cannot use proxy config:");
    expect(problems.length).toBe(2);
    expect(text).toBe(`Cannot use proxy config: ${problems.map((each) => each.replace(/^ {2}- /, "")).join("; ")}`);
  });

  test("at a terminal, a log in JSON or with another target keeps its format", async () => {
    using place = newPlace();
    const [json = ""] = await shown(place, subject, ["render", "x", "--log_as_json"], {}, "}");
    expect(JSON.parse(json)).toMatchObject({ level: "error" });
    expect(await shown(place, subject, ["render", "x", "--log_target=log"], {}, "")).toEqual([""]);
    expect(textsOf("error", place.read("log"))).toHaveLength(1);
  });
});

import { describe, expect, test } from "bun:test";
import type { Host } from "../../src/commands/host.ts";
import { run } from "../../src/commands/run.ts";
import { bad, ok } from "../../src/go/parsed.ts";
import { eventQueue } from "../../src/host/event-queue.ts";
import { istio130 } from "../../src/profiles/istio-1.30/profile.ts";
import type { JobSignal } from "../../src/supervisor/job-signals.ts";
import type { JobEvent, ProcessCommand } from "../../src/supervisor/job-state.ts";
import { PROFILE_NAMES } from "../conformance/cases.ts";
import { fakeHost } from "../conformance/fake-host.ts";

const ISTIO = istio130();

interface Seen {
  readonly status: number;
  readonly printed: string;
  readonly lines: readonly string[];
  readonly asked: readonly string[];
  readonly ran: readonly string[];
  /** The time of the fake clock, in milliseconds. */
  readonly took: number;
}

/** Runs a command on a machine whose pages answer with these status codes, or texts and 200, in order; without an entry the connection is refused. */
async function running(
  argv: readonly string[],
  pages: Readonly<Record<string, readonly (number | string)[]>>,
  commandStatus = 0,
  signal?: JobSignal,
  files: Readonly<Record<string, string>> = {},
): Promise<Seen> {
  const asked: string[] = [];
  const ran: string[] = [];
  const lines: string[] = [];
  let printed = "";
  let now = 0;
  const turns = new Map<string, number>();
  const host: Host = {
    ...fakeHost({ name: "", profile: ISTIO.name, args: argv, expect: { launched: false, exit: 0 } }).host,
    readFile: (path) => {
      const text = files[path];
      return text === undefined ? { kind: "missing" } : { kind: "text", text };
    },
    print: (text) => {
      printed += typeof text === "string" ? text : new TextDecoder().decode(text);
    },
    openLog: () => (level, text) => void lines.push(`${level} ${text}`),
    clock: {
      now: () => now,
      sleep: async (milliseconds) => {
        now += milliseconds;
      },
    },
    httpRequest: async ({ method, url }) => {
      asked.push(`${method} ${url}`);
      const answers = pages[url];
      if (answers?.[0] === THROWS) throw new Error("what nobody foresaw");
      if (answers === undefined) return bad("connection refused");
      const turn = turns.get(url) ?? 0;
      turns.set(url, turn + 1);
      const answer = answers[Math.min(turn, answers.length - 1)] ?? 0;
      const [status, text] = typeof answer === "number" ? [answer, "page"] : [200, answer];
      return ok({ status, body: new TextEncoder().encode(text) });
    },
    openJob: async (args) => {
      const { events, push } = eventQueue<JobEvent>();
      const start = ({ kind }: ProcessCommand) => {
        if (kind !== "run") return;
        ran.push(args.join(" "));
        push({ kind: "ended", exit: { code: commandStatus, signal: null } });
      };
      // A signal that comes before anything else.
      if (signal !== undefined) push({ kind: "signal", signal, isOfTerminal: false, isIgnored: false });
      return { events, push, isInteractive: false, start };
    },
  };
  const status = await run(argv, "attache", host);
  return { status, printed, lines, asked, ran, took: now };
}

/** Instead of a status code: the request throws. */
const THROWS = -1;

const ADMIN = "http://localhost:15000";

describe("request", () => {
  test.each([
    [200, 0, "page\n"],
    [404, 0, "page\n"],
    [399, 0, "page\n"],
    [400, 255, ""],
    [500, 255, ""],
  ])("status code %p ends with %p", async (answer, status, printed) => {
    const seen = await running(["request", "GET", "/x"], { [`${ADMIN}/x`]: [answer] });
    expect([seen.status, seen.printed]).toEqual([status, printed]);
  });

  test.each([
    [["request", "GET", "x"], `GET ${ADMIN}/x`],
    [["request", "GET", "//x"], `GET ${ADMIN}//x`],
    [["request", "FOO", "x?a=b"], `FOO ${ADMIN}/x?a=b`],
    [["request", "--debug-port", "15020", "POST", "drain"], "POST http://localhost:15020/drain"],
    [["request", "--debug-port", "8080", "GET", "x"], undefined],
    [["request", "GET"], undefined],
    [["request", "--nonsense", "GET", "x"], undefined],
    [["--profile", "istio-1.6", "request", "--debug-port=15000", "GET", "x"], undefined],
  ])("%j requests %p", async (argv, question) => {
    const seen = await running(argv, {});
    expect(seen.asked).toEqual(question === undefined ? [] : [question]);
    expect(seen.status).toBe(255);
  });
});

const READY = "http://localhost:15021/healthz/ready";

describe("wait", () => {
  test("checks once a period until the response is 200, and logs each reason once", async () => {
    const seen = await running(["wait", "--periodMillis=100"], { [READY]: [503, 503, 200] });
    expect([seen.status, seen.took]).toEqual([0, 300]);
    expect(seen.asked.filter((each) => each.endsWith("/ready"))).toHaveLength(3);
    expect(seen.lines).toEqual([
      `info Waiting: ${READY}: HTTP status code 503; Envoy's admin interface does not answer on localhost:15000`,
      "info Envoy is ready!",
    ]);
  });

  test("uses the admin address in the bootstrap of this container", async () => {
    const bootstrap = JSON.stringify({ admin: { address: { socket_address: { address: "::1", port_value: 15005 } } } });
    const files = { "etc/istio/proxy/envoy-rev.json": bootstrap };
    const seen = await running(["wait", "--periodMillis=100"], { [READY]: [503, 200] }, 0, undefined, files);
    expect(seen.asked).toContain(`GET http://[::1]:15005${ISTIO.adminQuestions[0]?.target}`);
    expect(seen.lines[0]).toBe(`info Waiting: ${READY}: HTTP status code 503; Envoy's admin interface does not answer on [::1]:15005`);
  });

  test("logs each change of what is missing, but not changed counts", async () => {
    const [updates] = ISTIO.adminQuestions;
    const rejected = (count: number) => `cluster_manager.cds.update_rejected: ${count}\n`;
    const seen = await running(["wait", "--periodMillis=100"], {
      [READY]: [503, 503, 503, 503, 200],
      [`${ADMIN}${updates?.target}`]: ["", rejected(1), rejected(2), "cluster_manager.cds.update_success: 1\n"],
    });
    expect(seen.lines.map((line) => line.replace(/ \(.*/, ""))).toEqual([
      `info Waiting: ${READY}: HTTP status code 503; CDS not received, LDS not received`,
      `info Waiting: ${READY}: HTTP status code 503; CDS rejected by Envoy, LDS not received`,
      `info Waiting: ${READY}: HTTP status code 503; LDS not received`,
      "info Envoy is ready!",
    ]);
  });

  test.each([
    [["wait", "--timeoutSeconds=1"], { [READY]: [204] }, 255, 1_000],
    [["wait", "--periodMillis=3000", "--timeoutSeconds=1"], { [READY]: [200] }, 255, 1_000],
    [["wait", "--url=http://a/b", "x", "y"], { "http://a/b": [200] }, 0, 500],
  ])("%j ends with %p", async (argv, pages, status, took) => {
    const seen = await running(argv, pages);
    expect([seen.status, seen.took]).toEqual([status, took]);
  });

  test("is an unknown command for a release without it", async () => {
    expect((await running(["--profile", "istio-1.6", "wait"], {})).lines[0]).toContain('unknown command "wait"');
  });
});

describe.each(PROFILE_NAMES)("run with profile %s", (profile) => {
  const AGENT = "http://localhost:15020";
  test("waits, runs the command, stops the proxy and returns the exit status of the command", async () => {
    const pages = { [`${AGENT}/healthz/ready`]: [200], [`${AGENT}/quitquitquit`]: [200] };
    const seen = await running(["--profile", profile, "run", "--", "job", "--help", "-x"], pages, 7);
    expect([seen.status, seen.ran, seen.asked]).toEqual([
      7,
      ["job --help -x"],
      [`GET ${AGENT}/healthz/ready`, `POST ${AGENT}/quitquitquit`],
    ]);
  });

  test("stops the proxy even if it was never ready", async () => {
    const seen = await running(["--profile", profile, "run", "--timeoutSeconds=1", "--", "job"], {});
    expect([seen.status, seen.ran]).toEqual([255, []]);
    expect(seen.asked.at(-1)).toBe(`POST ${AGENT}/quitquitquit`);
  });

  test.each([
    ["always", 0, true],
    ["always", 7, true],
    ["on-success", 0, true],
    ["on-success", 7, false],
    ["never", 0, false],
    ["never", 7, false],
  ])("--quit %s and a job that ends with %p: the proxy is stopped: %p", async (quit, status, isAsked) => {
    const pages = { [`${AGENT}/healthz/ready`]: [200], [`${AGENT}/quitquitquit`]: [200] };
    const seen = await running(["--profile", profile, "run", `--quit=${quit}`, "--", "job"], pages, status);
    expect([seen.status, seen.asked.includes(`POST ${AGENT}/quitquitquit`)]).toEqual([status, isAsked]);
  });

  test("a stop during the wait starts nothing, stops the proxy, and logs nothing more about the wait", async () => {
    const seen = await running(["--profile", profile, "run", "--", "job"], { [`${AGENT}/quitquitquit`]: [200] }, 0, "SIGTERM");
    expect([seen.status, seen.ran, seen.asked.at(-1)]).toEqual([143, [], `POST ${AGENT}/quitquitquit`]);
    expect(seen.lines).toEqual(["info Received SIGTERM while waiting for the proxy: the job is not started"]);
  });

  test("a bug during the wait stops the proxy and ends with 70", async () => {
    const pages = { [`${AGENT}/healthz/ready`]: [THROWS], [`${AGENT}/quitquitquit`]: [200] };
    const seen = await running(["--profile", profile, "run", "--", "job"], pages);
    expect([seen.status, seen.ran, seen.asked.at(-1)]).toEqual([70, [], `POST ${AGENT}/quitquitquit`]);
    expect(seen.lines).toEqual([expect.stringContaining("error This is a bug in attache: Error: what nobody foresaw")]);
  });

  test("a bug while the proxy is stopped does not change the exit status of the job", async () => {
    const pages = { [`${AGENT}/healthz/ready`]: [200], [`${AGENT}/quitquitquit`]: [THROWS] };
    expect((await running(["--profile", profile, "run", "--", "job"], pages, 7)).status).toBe(7);
  });

  test("a proxy that cannot be stopped is one warning, and the exit status of the job is kept", async () => {
    const seen = await running(["--profile", profile, "run", "--", "job"], { [`${AGENT}/healthz/ready`]: [200] }, 7);
    expect([seen.status, seen.lines]).toEqual([
      7,
      ["info Envoy is ready!", `warn Cannot stop the proxy at ${AGENT}/quitquitquit: connection refused`],
    ]);
  });

  test("needs a command", async () => {
    expect((await running(["--profile", profile, "run"], {})).status).toBe(255);
  });
});

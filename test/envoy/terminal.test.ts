import { expect, test } from "bun:test";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../../examples/ports.ts";
import { BINARY, ROOT } from "../support/subject.ts";
import { type AtTerminal, atTerminal, CTRL } from "../support/terminal.ts";
import { environmentOf, eventually, workDirectory } from "./support.ts";

// A real Envoy at a terminal: Ctrl-C reaches only the agent, and Envoy's output reaches the terminal.

const ACCESS_LOG = `
              access_log:
                - name: envoy.access_loggers.file
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
                    path: /dev/stdout
                    log_format: { text_format_source: { inline_string: "accessed %REQ(:PATH)%\\n" } }`;

interface Proxy extends Disposable {
  readonly terminal: AtTerminal;
  readonly get: (path: string) => Promise<string>;
}

/** attache with the hello listener, whose access log is the terminal. */
async function start(drain: string): Promise<Proxy> {
  const directory = workDirectory();
  const [admin = 0, listener = 0, metrics = 0, readiness = 0, status = 0] = await freePorts(5);
  cpSync(join(ROOT, "examples/hello"), join(directory, "xds"), { recursive: true });
  const file = join(directory, "xds/listeners.yaml");
  const text = readFileSync(file, "utf8").replace("port_value: 10000", `port_value: ${listener}`);
  writeFileSync(file, text.replace("stat_prefix: hello", `stat_prefix: hello${ACCESS_LOG}`));
  const env = environmentOf(
    {
      proxyConfig: { proxyAdminPort: admin, statusPort: status, terminationDrainDuration: drain },
      environment: { ENVOY_PROMETHEUS_PORT: String(metrics), ENVOY_STATUS_PORT: String(readiness) },
    },
    directory,
  );
  const proxy = [...BINARY.command, "proxy", "sidecar", "--xds", `file:${join(directory, "xds")}`];
  // A terminal that stops background processes that write to it.
  const terminal = atTerminal(["sh", "-c", 'stty tostop; exec "$@"', "sh", ...proxy], { cwd: directory, env });
  return {
    terminal,
    get: async (path) => {
      const options = { headers: { connection: "close" }, signal: AbortSignal.timeout(30_000) };
      return await (await fetch(`http://127.0.0.1:${listener}${path}`, options)).text();
    },
    [Symbol.dispose]: () => terminal[Symbol.dispose](),
  };
}

test("its access log to /dev/stdout is on the screen, and Ctrl-C drains while it still serves", async () => {
  using proxy = await start("600s");
  const { terminal, get } = proxy;
  expect(await eventually(() => get("/before"))).toBe("hello from attache\n");
  await terminal.shows("accessed /before\n");
  terminal.type(CTRL.c);
  await terminal.shows("Draining Envoy");
  expect(await get("/meanwhile")).toBe("hello from attache\n");
  await terminal.shows("accessed /meanwhile\n");
  terminal.type(CTRL.c);
  expect(await terminal.ended).toBe(0);
  expect(terminal.shown()).toContain("Epoch 0 exited normally");
}, 180_000);

test("a second Ctrl-C skips the drain", async () => {
  using proxy = await start("600s");
  const { terminal, get } = proxy;
  await eventually(() => get("/"));
  terminal.type(CTRL.c);
  await terminal.shows("Draining Envoy");
  terminal.type(CTRL.c);
  expect(await terminal.ended).toBe(0);
}, 180_000);

import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { newMemoryCgroup, whyNoMemoryCgroup } from "../host/linux/limited-cgroup.ts";
import { BINARY } from "../support/subject.ts";
import { inOrder } from "./in-order.ts";
import { type RunningProxy, startProxy } from "./proxy.ts";
import { ENVOY, type Setting, workDirectory, write } from "./support.ts";

// Why Envoy ended, as the built binary reports it: in the log, and in the termination message.

const TOKEN = "eyJhbGciOiJub25lIn0.c2VjcmV0LXNlY3JldA.";
const MESSAGE = "message";

const NO_STATUS_PORT: Setting = { files: { "etc/istio/pod/annotations": 'status.sidecar.istio.io/port="0"\n' } };

/** A setting whose termination message is a file beside the proxy's. */
function withMessage(setting: Setting = {}): Setting {
  return { ...setting, environment: { ATTACHE_TERMINATION_MESSAGE_PATH: MESSAGE, ...setting.environment } };
}

function messageOf({ directory }: RunningProxy): string {
  const path = join(directory, MESSAGE);
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** Returns attache's own lines; Envoy's lines name their component, and its dumps have no prefix. */
function ownLines(log: string): readonly string[] {
  return log.split("\n").filter((line) => /^\S+Z\t(?:debug|info|warn|error)\t(?!envoy )/.test(line));
}

test("a kill from outside is reported in the log and in the termination message", async () => {
  await using proxy = await startProxy(BINARY, withMessage());
  await proxy.live();
  process.kill(proxy.envoys()[0] ?? 0, "SIGKILL");
  expect((await proxy.ended()).status).toBe(137);
  inOrder(
    proxy.said(),
    "Epoch 0 exited with error: signal: SIGKILL",
    "Envoy was killed (SIGKILL) from outside: the cgroup reports no OOM kill",
  );
  expect(messageOf(proxy)).toStartWith("Envoy was killed (SIGKILL) from outside: the cgroup reports no OOM kill");
});

test("a requested stop leaves no termination message", async () => {
  await using proxy = await startProxy(BINARY, withMessage({ proxyConfig: { terminationDrainDuration: "0s" } }));
  await proxy.live();
  proxy.process.kill("SIGTERM");
  expect((await proxy.ended()).status).toBe(0);
  expect(messageOf(proxy)).toBe("");
});

test("a stop without drain time has no warnings, however the drain request and SIGTERM race", async () => {
  for (let round = 0; round < 8; round += 1) {
    await using proxy = await startProxy(BINARY, { proxyConfig: { terminationDrainDuration: "0s" } });
    await proxy.live();
    proxy.process.kill("SIGTERM");
    expect((await proxy.ended()).status).toBe(0);
    expect(ownLines(proxy.said()).filter((line) => /\t(?:warn|error)\t/.test(line))).toEqual([]);
  }
}, 180_000);

test.each([
  ["with the status port", {}],
  ["without the status port", NO_STATUS_PORT],
])("the log says who the proxy is and when it is ready, %s and without a probe", async (_, setting) => {
  await using proxy = await startProxy(BINARY, setting);
  await proxy.saying("Envoy proxy is ready; ");
  inOrder(
    proxy.said(),
    "This proxy: role sidecar, id sidecar~127.0.0.1~hello.default~default.svc.cluster.local, addresses 127.0.0.1",
    "Epoch 0 is live",
    "Envoy proxy is ready; ",
  );
  expect(proxy.said()).toMatch(/Envoy proxy is ready; \d+\.\d s since start\n/);
  expect(proxy.said()).not.toContain("NOT ready");
  expect(proxy.said().includes("Opening status port")).toBe(!("files" in setting));
});

test("a crash of a serving Envoy is not reported as before it was live, although nothing had checked", async () => {
  await using proxy = await startProxy(BINARY, withMessage(NO_STATUS_PORT));
  await proxy.saying("Epoch 0 is live");
  process.kill(proxy.envoys()[0] ?? 0, "SIGSEGV");
  expect((await proxy.ended()).status).toBe(139);
  expect(messageOf(proxy)).toBe("Envoy crashed (SIGSEGV)");
});

test("an admin port in use is reported with its holder", async () => {
  using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  await using proxy = await startProxy(BINARY, withMessage({ proxyConfig: { proxyAdminPort: server.port } }));
  expect((await proxy.ended()).status).toBe(1);
  const cause = `127.0.0.1:${server.port} is in use by `;
  expect(proxy.said()).toContain("stop the process that listens there, or set another port: proxyAdminPort in the ProxyConfig");
  inOrder(proxy.said(), "Epoch 0 exited with error: exit status 1", cause);
  expect(messageOf(proxy)).toMatch(new RegExp(`${cause}\\S+ \\(pid ${process.pid}\\)`));
});

describe.each([
  ["text", "--log_as_json=false"],
  ["JSON", "--log_as_json"],
])("with a log in %s", (_, flag) => {
  test("a rejected bootstrap override is named, without parts of the log format", async () => {
    const monitor = {
      name: "envoy.resource_monitors.global_downstream_max_connections",
      typed_config: { "@type": MONITOR, max_active_downstream_connections: 9 },
    };
    const document = { overload_manager: { resource_monitors: [monitor] } };
    const override = write(join(workDirectory(), "o.yaml"), JSON.stringify(document));
    const args = ["sidecar", "--xds", "file:xds", flag];
    await using proxy = await startProxy(BINARY, withMessage({ args, environment: { ISTIO_BOOTSTRAP_OVERRIDE: override } }));
    expect((await proxy.ended()).status).toBe(1);
    expect(messageOf(proxy)).toBe(
      `Envoy exited with status 1, because it rejects its configuration: Duplicate resource monitor ${monitor.name}; Envoy merges the override "${override}" (ISTIO_BOOTSTRAP_OVERRIDE), whose lists are appended`,
    );
  });
});

const MONITOR = "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig";

test("a program that is not Envoy and exits with 0 is not a normal end", async () => {
  await using proxy = await startProxy(BINARY, withMessage({ proxyConfig: { binaryPath: "/bin/true" } }));
  expect((await proxy.ended()).status).toBe(0);
  inOrder(proxy.said(), "Epoch 0 exited: exit status 0", 'Program "/bin/true" is not Envoy: it exited with status 0');
  expect(proxy.said()).not.toContain("exited normally");
  expect(messageOf(proxy)).toStartWith('Program "/bin/true" is not Envoy: it exited with status 0');
});

describe("a launch that this Envoy rejects", () => {
  test("by the contract of release 1.6: the last line names the flag that helps, and no token is shown", async () => {
    const environment = { ATTACHE_PROFILE: "istio-1.6", ISTIO_META_TOKEN: TOKEN };
    await using proxy = await startProxy(BINARY, withMessage({ args: ["sidecar"], environment }));
    expect((await proxy.ended()).status).toBe(1);
    const last = proxy.said().trim().split("\n").at(-1) ?? "";
    expect(last).toContain("Envoy exited with status 1, because it rejects its arguments: argument --max-obj-name-len");
    expect(last).toContain("--adapt-envoy (ATTACHE_ADAPT_ENVOY=true)");
    expect(last).toContain(messageOf(proxy));
    expect(messageOf(proxy)).not.toBe("");
    expect(proxy.said()).not.toContain(TOKEN);
  });

  test("for its bootstrap: no line of attache shows its token, although Envoy prints all of it", async () => {
    const document = { node: { id: "a", cluster: "b", metadata: { TOKEN } }, admin: { profile_path: 5 } };
    const customConfigFile = write(join(workDirectory(), "bootstrap.json"), JSON.stringify(document));
    await using proxy = await startProxy(BINARY, withMessage({ proxyConfig: { customConfigFile } }));
    expect((await proxy.ended()).status).toBe(1);
    const own = ownLines(proxy.said());
    expect(proxy.said()).toContain(TOKEN);
    expect(own.join("\n")).not.toContain(TOKEN);
    expect(own.at(-1)).toContain("Envoy exited with status 1, because it rejects its configuration: ");
    expect(own.at(-1)).toContain(messageOf(proxy));
    expect(messageOf(proxy)).not.toBe("");
  });
});

const LIMIT = 64 * 1024 ** 2;
const forbidden = whyNoMemoryCgroup(LIMIT);

// Skipped if the kernel does not allow a memory cgroup; the output says why.
test.skipIf(forbidden !== "")(
  "an Envoy that needs more memory than its container has: status 137, and the log names limit and peak",
  async () => {
    // The kernel rarely kills the agent as well: if it already needed memory for something else just before Envoy is killed.
    let proxy: Awaited<ReturnType<typeof outOfMemory>>;
    for (let tries = 0; proxy === undefined && tries < 3; tries++) proxy = await outOfMemory();
    const cause = /Envoy was killed: out of memory \(SIGKILL, OOM kills in its cgroup from 0 to 1\), limit 64 MiB, peak 6\d(?:\.\d)? MiB/;
    expect(proxy?.status).toBe(137);
    expect(proxy?.said).toMatch(cause);
    expect(proxy?.message).toMatch(cause);
  },
  180_000,
);

/** Fills the memory of a container until the kernel kills Envoy; undefined if it kills the agent too. */
async function outOfMemory() {
  // What is read of an executable counts for the group that reads it first.
  for (const executable of [ENVOY, ...BINARY.command]) await Bun.file(executable).bytes();
  using place = newMemoryCgroup(LIMIT);
  // Without a process that makes a key, which would need memory at the same time.
  const setting = withMessage({ environment: { FILE_MOUNTED_CERTS: "true" } });
  await using proxy = await startProxy({ name: "binary in a cgroup", command: [...place.wrap, ...BINARY.command] }, setting);
  await proxy.live();
  // Makes the kernel kill the process that requests more memory, not its supervisor.
  writeFileSync(`/proc/${proxy.envoys()[0]}/oom_score_adj`, "1000");
  const ended = proxy.ended();
  using _ = heads(proxy.url, LIMIT);
  const { status } = await ended;
  return proxy.process.signalCode === "SIGKILL" ? undefined : { status, said: proxy.said(), message: messageOf(proxy) };
}

/** Opens connections with unfinished requests of so many bytes in total, which Envoy must keep. */
function heads(url: string, bytes: number): Disposable {
  const { hostname, port } = new URL(url);
  const head = `GET / HTTP/1.1\r\nhost: a\r\n${`x: ${"y".repeat(1000)}\r\n`.repeat(50)}`;
  const sockets = Array.from({ length: Math.ceil(bytes / head.length) }, () => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on("error", () => {}); // Envoy's end
    socket.write(head);
    return socket;
  });
  return {
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

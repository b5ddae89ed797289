import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { freePorts } from "../../../examples/ports.ts";
import { listensOn } from "../../../src/host/linux/listens-on.ts";
import { domainSocketHolder, portHolder } from "../../../src/host/linux/port-holder.ts";

const own = { pid: process.pid, name: readFileSync("/proc/self/comm", "latin1").trim() };

test.each(["127.0.0.1", "0.0.0.0", "::1", "::"])("the process that listens on %s is found", (hostname) => {
  using server = Bun.serve({ port: 0, hostname, fetch: () => new Response() });
  expect(portHolder(server.port ?? 0)).toEqual(own);
});

test("only the process that itself listens on a port is its holder", async () => {
  using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const [other = 0] = await freePorts(1);
  const child = Bun.spawn(["cat"], { stdio: ["pipe", "ignore", "inherit"] });
  const answers = [listensOn(process.pid, server.port ?? 0), listensOn(process.pid, other), listensOn(child.pid, server.port ?? 0)];
  child.kill();
  await child.exited;
  expect(answers).toEqual([true, false, false]);
  expect(listensOn(2 ** 22 + 1, server.port ?? 0)).toBe(false);
});

test("another process is found by its name", async () => {
  const program = 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1], flush=True); input()';
  const child = Bun.spawn(["python3", "-c", program], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    let said = "";
    for await (const chunk of child.stdout) {
      said += Buffer.from(chunk).toString();
      if (said.endsWith("\n")) break;
    }
    expect(portHolder(Number(said))).toEqual({ pid: child.pid, name: expect.stringContaining("python") });
  } finally {
    child.kill();
    await child.exited;
  }
});

test("a free port has no holder", async () => {
  const [port = 0] = await freePorts(1);
  expect(portHolder(port)).toBeUndefined();
});

test("the holder of Envoy's domain socket is found", () => {
  const number = 1_500_000_000 + process.pid;
  const name = `\0envoy_domain_socket_parent_${number}`;
  expect(domainSocketHolder(number)).toBeUndefined();
  using _server = Bun.listen({ unix: name, socket: { data() {} } });
  expect(domainSocketHolder(number)).toEqual({ holder: own });
});

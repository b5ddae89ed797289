import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { socketAgent } from "../../../src/host/linux/socket-agent.ts";

const children: Bun.Subprocess[] = [];
const directories: string[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

function newDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "attache-socket-")));
  directories.push(directory);
  return directory;
}

/** Listens on ./socket of a directory, with a connection that is never accepted, under a command line with these words. */
async function listens(directory: string, words: readonly string[]): Promise<number> {
  const code = `import socket, sys
s = socket.socket(socket.AF_UNIX); s.bind("./socket"); s.listen(9)
c = socket.socket(socket.AF_UNIX); c.connect("./socket"); print("ready", flush=True); sys.stdin.read()`;
  const child = Bun.spawn(["python3", "-c", code, ...words], { cwd: directory, stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  await child.stdout.getReader().read();
  return child.pid;
}

test("an agent, by the directory that it runs in", async () => {
  const [first, second, third] = [newDirectory(), newDirectory(), newDirectory()];
  await listens(third, ["serve"]);
  const one = await listens(first, ["attache", "proxy"]);
  const two = await listens(second, ["pilot-agent", "proxy", "sidecar"]);
  expect([first, second, third, newDirectory()].map((directory) => socketAgent(join(directory, "socket")))).toEqual([
    one,
    two,
    undefined,
    undefined,
  ]);
});

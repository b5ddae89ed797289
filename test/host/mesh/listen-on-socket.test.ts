import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listenOnSocket } from "../../../src/host/mesh/listen-on-socket.ts";
import { openMeshSockets } from "../../../src/host/mesh/open-mesh-sockets.ts";
import { removeSocket } from "../../../src/host/mesh/remove-socket.ts";

const directory = mkdtempSync(join(tmpdir(), "attache-listen-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("a socket listens, for every user, in a directory that is made, in place of what is there", async () => {
  const path = join(directory, "new/XDS");
  for (let count = 0; count < 2; count++) {
    const listening = listenOnSocket(path);
    const { ino: inode } = statSync(path, { bigint: true });
    expect(listening).toEqual({ kind: "listening", path, descriptor: expect.any(Number), inode });
    expect(statSync(path).mode & 0o777).toBe(0o666);
    // The kernel accepts the connection, though nothing serves it yet.
    (await Bun.connect({ unix: path, socket: { data() {} } })).terminate();
  }
});

test("an empty directory at the path makes way, another one does not", () => {
  const path = join(directory, "is-directory");
  mkdirSync(join(path, "inner"), { recursive: true });
  expect(listenOnSocket(path)).toEqual({
    kind: "failed",
    problem: `Cannot listen on Unix socket "${path}": cannot remove what is there: directory not empty`,
  });
  rmdirSync(join(path, "inner"));
  expect(listenOnSocket(path).kind).toBe("listening");
});

test.each([
  ["x".repeat(200), "its path has 200 bytes, and the limit of the kernel is 107"],
  ["", "invalid path"],
  [
    `${directory}/file/XDS`,
    `not a directory (the agent runs as uid ${process.getuid?.()}; the file, not a directory, "${directory}/file" is owned by uid `,
  ],
])("%p cannot be listened on", (path, reason) => {
  writeFileSync(join(directory, "file"), "");
  const listening = listenOnSocket(path);
  expect(listening.kind === "failed" ? listening.problem : "").toStartWith(`Cannot listen on Unix socket "${path}": `);
  expect(listening.kind === "failed" ? listening.problem : "").toContain(reason);
});

test("without a socket for SDS a start goes on with a warning, without one for xDS it does not", () => {
  const warnings: string[] = [];
  const open = (plan: Parameters<typeof openMeshSockets>[0]) => openMeshSockets(plan, (text) => warnings.push(text));
  const good = join(directory, "good");
  const bad = `${directory}/file/bad`;
  expect(open({ sds: bad, xds: good })).toEqual({ sockets: { xds: expect.objectContaining({ path: good }) } });
  expect(warnings).toEqual([expect.stringContaining(`"${bad}"`)]);
  const { sockets, failure } = open({ sds: good, xds: bad });
  expect([Object.keys(sockets), failure]).toEqual([["sds"], { problem: expect.stringContaining(`"${bad}"`), status: 255 }]);
  expect(open({ sds: good }).sockets).toEqual({ sds: expect.objectContaining({ path: good }) });
});

test("a socket is removed at the end, unless another agent has its path, or it is gone", () => {
  const path = join(directory, "own");
  const listen = () => {
    const listening = listenOnSocket(path);
    if (listening.kind === "failed") throw new Error(listening.problem);
    return listening;
  };
  const [first, second] = [listen(), listen()];
  removeSocket(first);
  expect(existsSync(path)).toBe(true);
  removeSocket(second);
  expect(existsSync(path)).toBe(false);
  removeSocket(second);
});

import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startLibc } from "../../../src/host/linux/start-libc.ts";
import { type Listening, listenOnSocket } from "../../../src/host/mesh/listen-on-socket.ts";
import { ROOT } from "../../support/subject.ts";

const directory = mkdtempSync(join(tmpdir(), "listen-"));
const descriptors: number[] = [];
afterAll(() => {
  for (const descriptor of descriptors) startLibc?.close(descriptor);
  rmSync(directory, { recursive: true, force: true });
});

function listen(path: string): Listening {
  const listening = listenOnSocket(path);
  if (listening.kind === "listening") descriptors.push(listening.descriptor);
  return listening;
}

/** How the description of a directory begins. */
const AGENT = `the agent runs as uid ${process.getuid?.()}; `;

function problem(path: string): string | undefined {
  const listening = listen(path);
  return listening.kind === "failed" ? listening.problem : undefined;
}

async function connects(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe("listenOnSocket", () => {
  test("listens on a socket that everyone can use, below directories that it creates", async () => {
    const path = join(directory, "a/b/XDS");
    const listening = listen(path);
    expect(listening).toMatchObject({ kind: "listening", path });
    expect([mode(join(directory, "a")), mode(join(directory, "a/b")), mode(path)]).toEqual(["750", "750", "666"]);
    expect(await connects(path)).toBe(true);
  });

  test.each([
    [0o000, "750"],
    [0o022, "750"],
    [0o077, "700"],
  ])("with umask %i, everyone can use the socket, and its directory has mode %s", (umask, expected) => {
    const before = process.umask(umask);
    try {
      const path = join(directory, `umask-${umask}/XDS`);
      expect(problem(path)).toBeUndefined();
      expect([mode(join(path, "..")), mode(path)]).toEqual([expected, "666"]);
    } finally {
      process.umask(before);
    }
  });

  test("replaces a link, not what it points to, and follows one to a directory", async () => {
    const file = join(directory, "target");
    writeFileSync(file, "kept");
    for (const [name, target] of [
      ["link", file],
      ["dangling", join(directory, "none")],
      ["loop", join(directory, "loop")],
    ] as const) {
      const path = join(directory, name);
      symlinkSync(target, path);
      expect(problem(path)).toBeUndefined();
      expect(lstatSync(path).isSocket()).toBe(true);
      expect(await connects(path)).toBe(true);
    }
    expect(readFileSync(file, "utf8")).toBe("kept");
    mkdirSync(join(directory, "real"));
    symlinkSync(join(directory, "real"), join(directory, "linked"));
    expect(problem(join(directory, "linked/XDS"))).toBeUndefined();
    expect(lstatSync(join(directory, "real/XDS")).isSocket()).toBe(true);
    symlinkSync(join(directory, "nothing"), join(directory, "nowhere"));
    expect(problem(join(directory, "nowhere/XDS"))).toStartWith(
      `Cannot listen on Unix socket "${directory}/nowhere/XDS": no such file or directory (${AGENT}the directory "${directory}" `,
    );
  });

  test("keeps the socket from Envoy", () => {
    const listening = listen(join(directory, "exec"));
    const descriptor = listening.kind === "listening" ? listening.descriptor : -1;
    const [, flags = "0"] = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8")) ?? [];
    expect(Number.parseInt(flags, 8) & 0o2000000).not.toBe(0);
  });

  test("replaces a socket, or a file, that is left", async () => {
    const path = join(directory, "left");
    writeFileSync(path, "");
    expect(problem(path)).toBeUndefined();
    expect(problem(path)).toBeUndefined();
    expect(await connects(path)).toBe(true);
  });

  test("takes a relative path, and one of 107 bytes", () => {
    const before = process.cwd();
    process.chdir(directory);
    try {
      expect(problem("./here/XDS")).toBeUndefined();
      expect(problem("XDS")).toBeUndefined();
      expect(problem(`${"ü".repeat(53)}x`)).toBeUndefined();
    } finally {
      process.chdir(before);
    }
  });

  test("refuses a path that is too long for a socket", () => {
    expect(problem(`/tmp/${"x".repeat(103)}`)).toBe(
      `Cannot listen on Unix socket "/tmp/${"x".repeat(103)}": its path has 108 bytes, and the limit of the kernel is 107`,
    );
    expect(problem("ü".repeat(54))).toContain("its path has 108 bytes");
  });

  test.each([
    ["", "invalid path"],
    ["a\0b", "invalid path"],
    ["/proc/XDS", `no such file or directory (${AGENT}the directory "/proc" is owned by uid 0, mode 0555`],
  ])("refuses %j", (path, reason) => {
    expect(problem(path)).toStartWith(`Cannot listen on Unix socket "${path}": ${reason}`);
  });

  test("refuses a directory with content at the path, and a path below a file", () => {
    const path = join(directory, "directory");
    mkdirSync(join(path, "inner"), { recursive: true });
    expect(problem(path)).toBe(`Cannot listen on Unix socket "${path}": cannot remove what is there: directory not empty`);
    const file = join(directory, "file");
    writeFileSync(file, "");
    expect(problem(join(file, "XDS"))).toStartWith(
      `Cannot listen on Unix socket "${file}/XDS": not a directory (${AGENT}the file, not a directory, "${file}" `,
    );
  });

  test("leaves no descriptor open when it fails", () => {
    const listening = listen(join(directory, "first"));
    expect(problem("/proc/XDS")).toBeDefined();
    const next = listen(join(directory, "next"));
    const number = (each: Listening) => (each.kind === "listening" ? each.descriptor : 0);
    expect(number(next)).toBe(number(listening) + 1);
  });

  test("refuses a directory that is not writable", () => {
    const path = join(directory, "read-only");
    mkdirSync(path);
    chmodSync(path, 0o555);
    chmodSync(directory, 0o755);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(65534);
    try {
      expect(problem(join(path, "XDS"))).toStartWith(
        `Cannot listen on Unix socket "${path}/XDS": permission denied (${AGENT}the directory "${path}" is owned by uid `,
      );
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  test("listens beside other agents that take the path from it", async () => {
    const path = join(directory, "shared");
    const program = `
      const { listenOnSocket } = await import(${JSON.stringify(join(ROOT, "src/host/mesh/listen-on-socket.ts"))});
      const { startLibc } = await import(${JSON.stringify(join(ROOT, "src/host/linux/start-libc.ts"))});
      const problems = new Set();
      for (let round = 0; round < 2_000; round++) {
        const listening = listenOnSocket(${JSON.stringify(path)});
        if (listening.kind === "failed") problems.add(listening.problem);
        else startLibc.close(listening.descriptor);
      }
      console.log(JSON.stringify([...problems]));`;
    const agents = [1, 2, 3].map(() => Bun.spawn([process.execPath, "-e", program], { stdio: ["ignore", "pipe", "inherit"] }));
    expect(await Promise.all(agents.map(({ stdout }) => stdout.text()))).toEqual(["[]\n", "[]\n", "[]\n"]);
  }, 180_000);
});

import { afterEach, describe, expect, test } from "bun:test";
import { readProcess } from "../../../src/host/linux/read-process.ts";
import { untilTrue } from "../../support/eventually.ts";
import { TWO_DEVICES } from "../fixtures/two-devices.ts";
import { newMemoryCgroup } from "./limited-cgroup.ts";

const children: Bun.Subprocess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** Starts a program that prints a line when it is ready, and waits for the line. */
async function ready(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
  const child = Bun.spawn([...command], { env: { PATH: process.env["PATH"] ?? "", ...env }, stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  const { value } = await child.stdout.getReader().read();
  expect(value?.length).toBeGreaterThan(0);
  return child.pid;
}

function found(pid: number) {
  const read = readProcess(pid);
  if (!read.ok) throw new Error(read.error);
  return read.value;
}

const AS_ROOT = process.getuid?.() === 0 ? [] : ["--map-root-user"];

describe("a process", () => {
  test("its words, variables, directory and user", async () => {
    const pid = await ready(["sh", "-c", "cd /usr && echo ready && exec cat", "an argument"], { A: "1\n2", B: "" });
    // The line comes before the shell becomes cat.
    await untilTrue(() => found(pid).words.length === 1);
    const { words, variables, directory, uid, isHere, parent } = found(pid);
    expect(words).toEqual(["cat"]);
    expect(variables.filter(([name]) => name === "A" || name === "B")).toEqual([
      ["A", "1\n2"],
      ["B", ""],
    ]);
    expect([directory, uid, isHere, parent?.pid]).toEqual(["/usr", process.getuid?.() ?? 0, true, process.pid]);
  });

  test("its user in a namespace of its own", async () => {
    const pid = await ready(["unshare", "--user", "--map-user=1337", "sh", "-c", "echo ready && exec cat"]);
    expect(found(pid).uid).toBe(1337);
  });

  test("its addresses in a network namespace of its own, as the kernel lists them", async () => {
    const network = [
      ...TWO_DEVICES,
      "ip addr add 10.7.7.7/32 dev sooner",
      // As for a transparent proxy.
      "ip route add local 0.0.0.0/0 dev lo table 133",
      "echo ready",
      "exec cat",
    ].join(" && ");
    const pid = await ready(["unshare", ...AS_ROOT, "--net", "sh", "-c", network]);
    const { network: read, isHere } = found(pid);
    expect(isHere).toBe(false);
    expect(read?.interfaces).toEqual([
      { name: "lo", address: "127.0.0.1", loopback: true },
      { name: "lo", address: "::1", loopback: true },
      { name: "sooner", address: "fd00::1", loopback: false },
      { name: "later", address: "10.9.0.1", loopback: false },
      { name: "later", address: "10.9.3.1", loopback: false },
      { name: "later", address: "fd00:1::1", loopback: false },
      { name: "waits", address: "10.9.1.1", loopback: false },
    ]);
    expect([read?.unplaced, read?.unordered]).toEqual([["10.7.7.7", "10.9.2.1"], ["later"]]);
  });

  test("the limit of its cgroup", async () => {
    using cgroup = newMemoryCgroup(64 * 1024 ** 2);
    const pid = await ready([...cgroup.wrap, "sh", "-c", "echo ready && exec cat"]);
    expect(found(pid).limits.memory).toBe(64 * 1024 ** 2);
    const child = children.pop();
    child?.kill("SIGKILL");
    await child?.exited;
  });
});

describe("refused", () => {
  const reasonFor = (pid: number) => {
    const read = readProcess(pid);
    return read.ok ? undefined : read.error;
  };

  test("a process that does not exist", () => {
    expect(reasonFor(2 ** 22 + 1)).toBe("there is no such process");
  });

  test("a zombie", async () => {
    // The shell becomes a program that does not wait for the child.
    const child = Bun.spawn(["sh", "-c", "sh -c 'echo $$' & exec sleep 60"], { stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    const { value } = await child.stdout.getReader().read();
    const pid = Number(new TextDecoder().decode(value));
    await untilTrue(() => reasonFor(pid) === "it has exited (zombie)");
  });

  test.if(process.getuid?.() === 0 && process.pid !== 2)("a kernel thread", () => {
    expect(reasonFor(2)).toMatch(/^(it is a kernel thread|there is no such process)$/);
  });
});

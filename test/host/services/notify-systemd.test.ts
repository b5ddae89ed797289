import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reloadingState, systemdNotifier } from "../../../src/host/services/notify-systemd.ts";
import { environmentOf } from "../../../src/inputs/environment.ts";

const STATES = ["READY=1", "STATUS=Envoy is live ü", "WATCHDOG=1", "STOPPING=1", "RELOADING=1\nMONOTONIC_USEC=1"];

function notifyAt(name: string) {
  return systemdNotifier(environmentOf([["NOTIFY_SOCKET", name]]));
}

/** A receiver that listens on a socket; `take` returns so many of its datagrams. */
async function receive(name: string) {
  const child = Bun.spawn(["python3", join(import.meta.dir, "../fixtures/receives.py"), name], { stdio: ["ignore", "pipe", "inherit"] });
  const reader = child.stdout.getReader();
  let text = "";
  const take = async (count: number): Promise<unknown[]> => {
    while (text.split("\n").length <= count) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`The receiver ended: ${text}`);
      text += new TextDecoder().decode(value);
    }
    const lines = text.split("\n");
    text = lines.slice(count).join("\n");
    return lines.slice(0, count).map((line) => JSON.parse(line));
  };
  expect(await take(1)).toEqual(["bound"]);
  return { take, [Symbol.dispose]: () => child.kill("SIGKILL") };
}

describe("systemdNotifier", () => {
  test("sends each state to the socket of a path, complete and in order, and reports a missing receiver", async () => {
    const directory = mkdtempSync(join(tmpdir(), "attache-notify-"));
    const path = join(directory, "notify ü");
    {
      using receiver = await receive(path);
      const notify = notifyAt(path);
      expect(STATES.map((state) => notify?.(state))).toEqual(STATES.map(() => true));
      expect(await receiver.take(STATES.length)).toEqual(STATES);
    }
    rmSync(directory, { recursive: true });
    expect(notifyAt(path)?.("READY=1")).toBe(false);
  });

  test("sends to an abstract socket", async () => {
    const name = `@attache-notify-${process.pid}`;
    using receiver = await receive(name);
    expect(notifyAt(name)?.("READY=1")).toBe(true);
    expect(await receiver.take(1)).toEqual(["READY=1"]);
  });

  test("does not wait for a receiver that reads nothing", async () => {
    const name = `@attache-notify-full-${process.pid}`;
    const child = Bun.spawn(
      [
        "python3",
        "-c",
        "import socket,sys,time; s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.bind('\\0'+sys.argv[1][1:]); print('bound',flush=True); time.sleep(60)",
        name,
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await child.stdout.getReader().read();
    const notify = notifyAt(name);
    let sent = 0;
    while (notify?.("WATCHDOG=1")) sent++;
    child.kill("SIGKILL");
    expect(sent).toBeGreaterThan(0);
  });

  test.each([[""], ["notify"], ["@"], ["/"], ["vsock:2:1"], [`/${"x".repeat(107)}`]])("no notifications with NOTIFY_SOCKET %p", (name) => {
    expect(notifyAt(name)).toBeUndefined();
  });

  test("no notifications without NOTIFY_SOCKET", () => {
    expect(systemdNotifier(environmentOf([]))).toBeUndefined();
  });
});

test("a reload has the kernel's monotonic time", () => {
  const [first, second] = reloadingState().split("\n");
  expect(first).toBe("RELOADING=1");
  const seconds = Number(second?.replace("MONOTONIC_USEC=", "")) / 1e6;
  // /proc/uptime includes suspended time, so it is never less.
  const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThan(uptime + 1);
});

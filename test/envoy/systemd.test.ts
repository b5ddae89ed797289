import { expect, test } from "bun:test";
import { join } from "node:path";
import { BINARY } from "../support/subject.ts";
import { startProxy } from "./proxy.ts";
import { eventually, workDirectory } from "./support.ts";

const RECEIVER = join(import.meta.dir, "../host/fixtures/receives.py");

test("systemd is notified of readiness, reload, watchdog and stop", async () => {
  const socket = join(workDirectory(), "notify");
  const receiver = Bun.spawn(["python3", RECEIVER, socket], { stdio: ["ignore", "pipe", "inherit"] });
  const chunks: Uint8Array[] = [];
  void (async () => {
    for await (const chunk of receiver.stdout) chunks.push(chunk);
  })();
  const heard = () => Buffer.concat(chunks).toString();
  const hearing = (text: string, times = 1) => eventually(() => (heard().split(text).length > times ? true : undefined));
  try {
    await hearing("bound");
    const environment = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "400000", ATTACHE_HOT_RESTART: "true", ATTACHE_PARENT_SHUTDOWN_TIME: "1" };
    await using proxy = await startProxy(BINARY, { environment, proxyConfig: { terminationDrainDuration: "0s", drainDuration: "1s" } });
    await hearing("READY=1");
    await hearing("WATCHDOG=1", 2);
    proxy.process.kill("SIGHUP");
    await hearing("RELOADING=1");
    await hearing("READY=1", 2);
    proxy.process.kill("SIGTERM");
    await hearing("STOPPING=1");
    expect((await proxy.ended()).status).toBe(0);
  } finally {
    receiver.kill();
    await receiver.exited;
  }
}, 180_000);

import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLongWaits } from "../../../src/host/services/long-waits.ts";
import { shrink } from "../../../src/host/shrink.ts";
import { untilTrue } from "../../support/eventually.ts";

const FIXTURE = join(import.meta.dir, "../fixtures/waits-long.ts");
/** Milliseconds that a busy machine may take; a wait that is not ended takes 30 s, of which less than half are over. */
const LATE = 10_000;

test("an agent at rest waits without waking up, and notices data, timers and signals at once", async () => {
  const directory = mkdtempSync(join(tmpdir(), "attache-waits-"));
  const path = join(directory, "socket");
  const child = Bun.spawn([process.execPath, FIXTURE, path], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const lines = linesOf(child.stdout);
    expect(await lines.next()).toBe("ready");
    const answer = Promise.withResolvers<string>();
    // Connected while it waits.
    const socket = await Bun.connect({ unix: path, socket: { data: (_, bytes) => answer.resolve(bytes.toString()) } });
    socket.write("hello");
    expect(await answer.promise).toBe("hello");
    expect(lateness(await lines.next(), "echo")).toBeLessThan(LATE / 2);
    const [timer = "", wakeUps = ""] = (await lines.next()).split(", ");
    expect(lateness(timer, "timer")).toBeLessThan(LATE);
    // By itself, the runtime wakes up each second for a connection.
    expect(Number(wakeUps)).toBeLessThan(10);
    expect(lateness(await lines.next(), "slept")).toBeLessThan(LATE);
    // On a busy machine the second may be over first.
    const rest = [await lines.next(), await lines.next()].sort();
    for (const [index, what] of ["aborted", "repeated"].entries()) expect(lateness(rest[index] ?? "", what)).toBeLessThan(LATE);
    child.kill("SIGTERM");
    expect(await lines.next()).toBe("stopping");
    expect(await child.exited).toBe(0);
    socket.end();
  } finally {
    child.kill("SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  }
}, 180_000);

test("the loop is left alone for a second after memory was released", async () => {
  let waits = 0;
  const service = openLongWaits(() => () => void waits++);
  try {
    await untilTrue(() => waits > 0);
    const released = performance.now();
    shrink();
    const before = waits;
    await untilTrue(() => waits > before);
    expect(performance.now() - released).toBeGreaterThanOrEqual(1_000);
  } finally {
    service.interrupt();
  }
});

/** Returns how late something was that a line reports. */
function lateness(line: string, what: string): number {
  expect(line).toStartWith(`${what} `);
  return Math.abs(Number(line.slice(what.length)));
}

function linesOf(stream: ReadableStream<Uint8Array>): { readonly next: () => Promise<string> } {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  return {
    async next() {
      for (;;) {
        const end = text.indexOf("\n");
        if (end >= 0) {
          const line = text.slice(0, end);
          text = text.slice(end + 1);
          return line;
        }
        const { value, done } = await reader.read();
        if (done) throw new Error(`the program has ended: ${text}`);
        text += decoder.decode(value, { stream: true });
      }
    },
  };
}

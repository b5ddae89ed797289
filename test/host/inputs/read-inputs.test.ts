import { expect, test } from "bun:test";
import { join } from "node:path";
import { isolated } from "../../support/isolated.ts";
import { TWO_DEVICES } from "../fixtures/two-devices.ts";

const NETWORK = [...TWO_DEVICES, 'exec "$@"'].join(" && ");

test("addresses of all devices that are up are in the kernel's order: by interface number, IPv4 first (contract 1.6 §4.1)", async () => {
  const command = isolated(["--net"], NETWORK);
  const child = Bun.spawn([...command, process.execPath, join(import.meta.dir, "../fixtures/prints-interfaces.ts")], { stderr: "pipe" });
  const [text, problem] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect(problem).toBe("");
  expect(JSON.parse(text)).toEqual([
    { name: "lo", address: "127.0.0.1", loopback: true },
    { name: "lo", address: "::1", loopback: true },
    { name: "sooner", address: "fd00::1", loopback: false },
    { name: "later", address: "10.9.0.1", loopback: false },
    { name: "later", address: "10.9.3.1", loopback: false },
    { name: "later", address: "fd00:1::1", loopback: false },
    { name: "waits", address: "10.9.1.1", loopback: false },
  ]);
});

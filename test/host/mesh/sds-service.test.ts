import { afterEach, expect, jest, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Service, ServiceContext } from "../../../src/commands/service.ts";
import { openSdsService } from "../../../src/host/services/sds-service.ts";
import { startCounts } from "../../../src/mesh/counts.ts";
import type { SdsPlan } from "../../../src/mesh/mesh-plan.ts";
import { trustBundle } from "../../../src/mesh/trust-bundle.ts";
import { eventually } from "../../support/eventually.ts";

const directory = mkdtempSync(join(tmpdir(), "attache-sds-service-"));
let service: Service | undefined;
afterEach(() => {
  jest.useRealTimers();
  service?.interrupt();
  rmSync(directory, { recursive: true, force: true });
});

function open(socket: string, logged: string[]): Service {
  const sds: SdsPlan = { socket, filesOnly: false, warmUp: false, debounce: 100, followsLinks: true };
  const context = {
    agent: { services: { mesh: { envoyNeeds: "certificates", sds } } },
    sockets: {},
    counts: startCounts(),
    bundle: trustBundle(),
    log: (level: string, text: string) => logged.push(`${level} ${text}`),
  };
  // The service reads nothing else of its context.
  return openSdsService(context as unknown as ServiceContext);
}

const connects = (unix: string) =>
  Bun.connect({ unix, socket: { data() {} } }).then(
    (socket) => socket.terminate() === undefined,
    () => undefined,
  );

test("a socket that cannot be listened on is tried again, 1, 2, 4 and 8 s later", async () => {
  writeFileSync(join(directory, "file"), "");
  const logged: string[] = [];
  jest.useFakeTimers();
  service = await open(join(directory, "file/socket"), logged);
  jest.advanceTimersByTime(14_999);
  expect(logged).toEqual([]);
  expect(service.likelyCause?.()).toMatch(/^no certificate: Cannot listen on .*not a directory/);
  jest.advanceTimersByTime(1);
  expect(logged).toEqual([
    expect.stringMatching(/^warn No certificates for Envoy until the agent is restarted: Cannot listen on .*not a directory/),
  ]);
});

test("it serves as soon as the socket can be listened on", async () => {
  const logged: string[] = [];
  const path = join(directory, "new/socket");
  jest.useFakeTimers();
  service = await open(path, logged);
  expect(await connects(path)).toBeUndefined();
  jest.advanceTimersByTime(1_000);
  jest.useRealTimers();
  await eventually(() => connects(path));
  expect(logged).toEqual([]);
  service.interrupt();
  await service.ended;
  expect(await connects(path)).toBeUndefined();
});

import { join } from "node:path";
import { processorTime } from "../support/processor-time.ts";
import { selfSigned } from "../support/self-signed.ts";
import { memoryOf, wakeUpsOf } from "./measure-idle.ts";
import { buildYardstick } from "./subjects.ts";

/** What a program of the runtime costs that only holds the connections of an agent in a mesh, or passes bytes between them. */
export interface Floor {
  readonly what: string;
  /** Private dirty memory in MB after half a minute, and after messages have passed. */
  readonly privateDirty: number;
  readonly afterMessages: number;
  readonly wakeUps: number;
  /** CPU time in ms of all messages. */
  readonly cpu: number;
}

/** As many pushes as `measure-mesh.ts` makes, of the size that they have: the routes of 2,001 services. */
export const MESSAGES = 40;
const SIZE = 1_023_681;
const SETTLE = 35_000;
/** After the last message, as memory of a load is freed late. */
const AFTER = 15_000;
const PAUSE = 50;

/** Measures the runtime itself, in turn without and with a key made by `node:crypto`. */
export async function measureFloor(directory: string): Promise<readonly Floor[]> {
  const program = join(directory, "floor");
  await buildYardstick("floor-program.ts", program);
  return [
    await measured(program, directory, "two connections", []),
    await measured(program, directory, "… and an RSA key made by node:crypto", ["key"]),
  ];
}

async function measured(program: string, directory: string, what: string, more: readonly string[]): Promise<Floor> {
  const path = join(directory, `floor-${more.length}`);
  let received = 0;
  const connected = Promise.withResolvers<Bun.Socket<undefined>>();
  using unix = Bun.listen({
    unix: path,
    socket: {
      data(_, bytes) {
        received += bytes.length;
      },
    },
  });
  let rest: Uint8Array = new Uint8Array(0);
  const write = (socket: Bun.Socket<undefined>) => {
    rest = rest.subarray(Math.max(0, socket.write(rest)));
  };
  using tls = Bun.listen<undefined>({
    hostname: "127.0.0.1",
    port: 0,
    tls: selfSigned("localhost"),
    data: undefined,
    socket: { open: (socket) => connected.resolve(socket), data() {}, drain: write },
  });
  const child = Bun.spawn([program, String(tls.port), unix.unix, ...more], { stdio: ["ignore", "inherit", "inherit"] });
  try {
    const socket = await connected.promise;
    await Bun.sleep(SETTLE);
    const { privateDirty } = memoryOf(child.pid);
    const wakeUps = await wakeUpsOf(child.pid);
    const before = processorTime(child.pid);
    for (let count = 1; count <= MESSAGES; count++) {
      rest = new Uint8Array(SIZE);
      write(socket);
      while (received < count * SIZE) await Bun.sleep(1);
      await Bun.sleep(PAUSE);
    }
    const cpu = processorTime(child.pid) - before;
    await Bun.sleep(AFTER);
    return { what, privateDirty, afterMessages: memoryOf(child.pid).privateDirty, wakeUps, cpu };
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
}

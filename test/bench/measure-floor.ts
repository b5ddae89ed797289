import { join } from "node:path";
import { $ } from "bun";
import { untilTrue } from "../support/eventually.ts";
import { processorTime } from "../support/processor-time.ts";
import { selfSigned } from "../support/self-signed.ts";
import { memoryOf, wakeUpsOf } from "./measure-idle.ts";
import { ANSWER_AFTER, FRAME_SIZE, MESSAGE_HEAD, NEXT_AFTER, PUSHES, SIZE } from "./pushes.ts";
import { buildYardstick } from "./subjects.ts";

/** What the runtime costs in a mesh. */
export interface Floors {
  readonly programs: readonly Floor[];
  /** What HTTP/2, gRPC and the xDS proxy add: ms of all pushes, in the interpreter, and compiled by the runtime before. */
  readonly protocol: { readonly interpreted: number; readonly compiled: number };
}

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

/** CPU time in ms of all messages, several times, of programs that do less than any agent in a mesh must. */
export interface PushFloors {
  /** One that only passes the bytes. */
  readonly bytes: readonly number[];
  /** One that also takes the frames of HTTP/2 apart and makes new ones. */
  readonly frames: readonly number[];
}

/** As many bytes as Envoy's request has; no other bytes that a program sends to the control plane are ones. */
const ANSWER = new Uint8Array(90).fill(1);
const SETTLE = 35_000;
/** The program's own start is over. */
const STARTED = 5_000;
/** After the last message, as memory of a load is freed late. */
const AFTER = 15_000;

/** Measures the runtime itself, in turn without and with a key made by `node:crypto`. */
export async function measureFloor(directory: string): Promise<Floors> {
  const program = join(directory, "floor");
  await buildYardstick("floor-program.ts", program);
  return {
    programs: [
      await measured(program, directory, "two connections", []),
      await measured(program, directory, "… and an RSA key made by node:crypto", ["key"]),
    ],
    protocol: { interpreted: await protocolTime("1000"), compiled: await protocolTime("1") },
  };
}

/** Measures what pushes cost at least, in turn. */
export async function measurePushFloor(directory: string, runs: number): Promise<PushFloors> {
  const [passing, framing] = [join(directory, "floor"), join(directory, "frames")];
  await buildYardstick("floor-program.ts", passing);
  await buildYardstick("frames-program.ts", framing);
  const floors = { bytes: [] as number[], frames: [] as number[] };
  while (floors.frames.length < runs) {
    floors.bytes.push(await pushTime(passing, directory, new Uint8Array(SIZE)));
    floors.frames.push(await pushTime(framing, directory, framed()));
  }
  return floors;
}

function pushTime(program: string, directory: string, message: Uint8Array): Promise<number> {
  return withProgram([program], directory, message, async ({ pass }) => {
    await Bun.sleep(STARTED);
    return await pass();
  });
}

/** Returns a gRPC message of zeros in DATA frames of stream 1. */
function framed(): Uint8Array {
  const content = new Uint8Array(MESSAGE_HEAD + SIZE);
  new DataView(content.buffer).setUint32(1, SIZE);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < content.length; at += FRAME_SIZE) {
    const part = content.subarray(at, at + FRAME_SIZE);
    frames.push(Uint8Array.of(0, part.length >> 8, part.length & 255, 0, 0, 0, 0, 0, 1), part);
  }
  return new Uint8Array(Buffer.concat(frames));
}

async function protocolTime(jitPolicy: string): Promise<number> {
  const program = join(import.meta.dir, "protocol-program.ts");
  return PUSHES * Number(await $`${process.execPath} ${program} ${jitPolicy}`.text());
}

/** A program that runs, with its connections. */
interface Running {
  readonly pid: number;
  /** Sends all messages at the pace of pushes. Returns the CPU time in ms that they took. */
  readonly pass: () => Promise<number>;
}

async function measured(program: string, directory: string, what: string, more: readonly string[]): Promise<Floor> {
  return await withProgram([program, ...more], directory, new Uint8Array(SIZE), async ({ pid, pass }) => {
    await Bun.sleep(SETTLE);
    const { privateDirty } = memoryOf(pid);
    const wakeUps = await wakeUpsOf(pid);
    const cpu = await pass();
    await Bun.sleep(AFTER);
    return { what, privateDirty, afterMessages: memoryOf(pid).privateDirty, wakeUps, cpu };
  });
}

async function withProgram<T>(
  [program = "", ...more]: readonly string[],
  directory: string,
  message: Uint8Array,
  use: (running: Running) => Promise<T>,
): Promise<T> {
  const path = join(directory, `floor-${crypto.randomUUID()}`);
  let received = 0;
  let answers = 0;
  const connected = Promise.withResolvers<Bun.Socket<undefined>>();
  using unix = Bun.listen({
    unix: path,
    socket: {
      data(socket, bytes) {
        received += bytes.length;
        if (received % message.length === 0) setTimeout(() => socket.write(ANSWER), ANSWER_AFTER);
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
    socket: {
      open: (socket) => connected.resolve(socket),
      data(_, bytes) {
        answers += bytes.filter((byte) => byte === 1).length / ANSWER.length;
      },
      drain: write,
    },
  });
  const child = Bun.spawn([program, String(tls.port), unix.unix, ...more], { stdio: ["ignore", "inherit", "inherit"] });
  try {
    const socket = await connected.promise;
    return await use({
      pid: child.pid,
      async pass() {
        const before = processorTime(child.pid);
        for (let count = 1; count <= PUSHES; count++) {
          rest = message;
          write(socket);
          await untilTrue(() => answers === count, 10_000);
          await Bun.sleep(NEXT_AFTER);
        }
        return processorTime(child.pid) - before;
      },
    });
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
}

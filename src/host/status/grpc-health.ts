import { connect as connectHttp2 } from "node:http2";
import { connect as connectSocket } from "node:net";

const SERVING = 1;

export interface HealthTarget {
  readonly host: string;
  readonly port: number;
  readonly source?: string;
  readonly signal: AbortSignal;
}

/** Asks a gRPC health service without encryption. @throws Error unless it says SERVING in time (spec 1.30 §10.4) */
export async function checkHealth(
  { host, port, source, signal }: HealthTarget,
  service: string,
  userAgent: string | undefined,
): Promise<void> {
  signal.throwIfAborted();
  const address =
    host === ""
      ? (source ?? "127.0.0.1")
      : host === "localhost" && source !== undefined
        ? source.includes(":")
          ? "::1"
          : "127.0.0.1"
        : host;
  const socket = connectSocket({ host: address, port, ...(source === undefined ? {} : { localAddress: source }) });
  const session = connectHttp2(`http://${address.includes(":") ? `[${address}]` : address}:${port}`, { createConnection: () => socket });
  const give = () => {
    session.destroy();
    socket.destroy();
  };
  signal.addEventListener("abort", give, { once: true });
  try {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const failed = (error: Error) => reject(signal.aborted ? reasonOf(signal) : error);
      socket.on("error", failed);
      session.on("error", failed);
      session.on("close", () => failed(new Error("the connection was closed without an answer")));
      const stream = session.request({
        ":method": "POST",
        ":path": "/grpc.health.v1.Health/Check",
        "content-type": "application/grpc",
        te: "trailers",
        ...(userAgent === undefined ? {} : { "user-agent": userAgent }),
      });
      const pieces: Buffer[] = [];
      let code: unknown;
      const noted = (headers: Readonly<Record<string, unknown>>) => {
        code = headers["grpc-status"] ?? code;
      };
      stream.on("response", noted);
      stream.on("trailers", noted);
      stream.on("data", (piece: Buffer) => pieces.push(piece));
      stream.on("error", failed);
      stream.on("end", () =>
        code === undefined || String(code) === "0"
          ? resolve(healthIn(Buffer.concat(pieces)))
          : reject(new Error(`the health service answers status ${code}`)),
      );
      stream.end(requestOf(service));
    });
    if (status !== SERVING) throw new Error(`the health service says ${status ?? "nothing"}, not SERVING`);
  } finally {
    signal.removeEventListener("abort", give);
    give();
  }
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error("The probe was given up");
}

/** HealthCheckRequest with its frame: field 1 is the service's name. */
function requestOf(service: string): Buffer {
  const name = Buffer.from(service);
  const length = name.length < 128 ? [name.length] : [(name.length & 127) | 128, name.length >> 7];
  const message = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([10, ...length]), name]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return Buffer.concat([frame, message]);
}

/** Field 1 of HealthCheckResponse; absent is 0, unknown. */
function healthIn(bytes: Buffer): number | undefined {
  if (bytes.length < 5) return undefined;
  const message = bytes.subarray(5);
  return message[0] === 8 ? message[1] : 0;
}

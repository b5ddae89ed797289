import { type Ip, parseIp, unmap } from "../../go/ip.ts";
import type { GrpcTarget } from "../../mesh/grpc-target.ts";
import { errorCode, reasonOf } from "../files/read-file.ts";
import { attemptConnect, type ConnectAttempt } from "../linux/connect-attempt.ts";

/** Milliseconds that a name or a second connection is waited for: the first one has had its time. */
const LOOK = 200;
const LOOK_INTERVAL = 10;
/** Milliseconds after which no server refuses: the kernel looks for a neighbor for longer before it gives up. */
const SLOWEST_REFUSAL = 900;
const REFUSED = "ECONNREFUSED";
const RESET = "ECONNRESET";

/**
 * Returns why no connection could be made, after `elapsed` milliseconds. The runtime calls most failures to connect a refusal; what the kernel
 * says of a second connection decides, and of a failure that is slower than that is repeated, its time.
 */
export async function connectFailure(target: GrpcTarget, error: Error, elapsed: number): Promise<string> {
  // A reset comes after the connection was made, and then the runtime reports it here or as the end of a socket, by chance.
  if (!("syscall" in error) || error.syscall !== "connect" || errorCode(error) === RESET) return reasonOf(error);
  if (errorCode(error) !== REFUSED) return `connect: ${reasonOf(error)}`;
  const code = (await secondError(target)) ?? (elapsed < SLOWEST_REFUSAL ? REFUSED : "EHOSTUNREACH");
  return `connect: ${reasonOf(Object.assign(new Error(code), { code }))}`;
}

/** Returns what has not answered within the limit (ms) of a dial that is not connected: the server, or that of DNS. */
export async function noAnswer({ host }: GrpcTarget, limit: number): Promise<string> {
  const what = (await addressesOf(host)) === undefined ? `lookup ${host}` : "connect";
  return `${what}: no answer within ${limit / 1_000} s; a firewall or NetworkPolicy may drop the packets`;
}

/** Returns the addresses of a host; undefined if they are not known in time. */
async function addressesOf(host: string): Promise<readonly Ip[] | undefined> {
  const ip = parseIp(host);
  if (ip !== undefined) return [unmap(ip)];
  const found = Promise.try(() => Bun.dns.lookup(host, {})).then(
    (entries) => entries.flatMap(({ address }) => parseIp(address) ?? []),
    () => undefined,
  );
  return Promise.race([found, Bun.sleep(LOOK).then(() => undefined)]);
}

/** Returns the error of connections that are made again: that one refuses, or else the first; undefined if there is none in time. */
async function secondError({ host, port }: GrpcTarget): Promise<string | undefined> {
  const attempts: ConnectAttempt[] = [];
  try {
    // An address with a zone cannot be tried: it would need the number of the device.
    const addresses = (await addressesOf(host))?.filter(({ zone }) => zone === undefined) ?? [];
    for (const address of addresses) attempts.push(attemptConnect(address, port));
    const errors = new Map<ConnectAttempt, string>();
    for (let waited = 0; ; waited += LOOK_INTERVAL) {
      for (const attempt of attempts) {
        const error = errors.get(attempt) ?? attempt.error();
        if (error !== undefined) errors.set(attempt, error);
      }
      const found = attempts.flatMap((attempt) => errors.get(attempt) ?? []);
      if (found.includes(REFUSED)) return REFUSED;
      if (found.length === attempts.length || waited >= LOOK) return found[0];
      await Bun.sleep(LOOK_INTERVAL);
    }
  } catch {
    return undefined; // Without the C library, the kernel cannot be asked.
  } finally {
    for (const { close } of attempts) close();
  }
}

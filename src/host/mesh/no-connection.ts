import { type Ip, parseIp, unmap } from "../../go/ip.ts";
import type { GrpcTarget } from "../../mesh/grpc-target.ts";
import { errorCode, reasonOf } from "../files/read-file.ts";
import { attemptConnect, CONNECTED, type ConnectAttempt } from "../linux/connect-attempt.ts";
import { connectableHost } from "../linux/connectable-host.ts";

/** Milliseconds that a name or a second connection is waited for when the first has failed, and when nothing has come for long. */
const LOOK = 200;
const LONG_LOOK = 2_000;
const LOOK_INTERVAL = 10;
/** Milliseconds after which no server refuses: the kernel looks for a neighbor for longer before it gives up. */
const SLOWEST_REFUSAL = 900;
const REFUSED = "ECONNREFUSED";
const RESET = "ECONNRESET";

/**
 * Returns why no connection could be made. The runtime reports most failures to connect as a refusal, so a second connection is tried, whose
 * error decides. If that one is still pending, a failure that took longer than a refusal can is that of an unreachable host. `elapsed`: how
 * many milliseconds the first one took.
 */
export async function connectFailure(target: GrpcTarget, error: Error, elapsed: number): Promise<string> {
  // A reset comes after the connection was made, and then the runtime reports it here or as the end of a socket, by chance.
  if (!("syscall" in error) || error.syscall !== "connect" || errorCode(error) === RESET) return reasonOf(error);
  if (errorCode(error) !== REFUSED) return `connect: ${reasonOf(error)}`;
  const code = (await secondError(target)) ?? (elapsed < SLOWEST_REFUSAL ? REFUSED : "EHOSTUNREACH");
  const reason = reasonOf(Object.assign(new Error(code), { code }));
  return code === RESET ? reason : `connect: ${reason}`;
}

/** Returns what has not answered within the limit (ms) of a dial that is not connected: the server, or that of DNS. */
export async function noAnswer({ host }: GrpcTarget, limit: number): Promise<string> {
  const what = (await addressesOf(host, LONG_LOOK)) === "pending" ? `lookup ${host}` : "connect";
  return `${what}: no answer within ${limit / 1_000} s; a firewall or NetworkPolicy may drop the packets`;
}

/** Returns the addresses of a host, none if it has no address, or that they are not known within a time (ms). */
async function addressesOf(host: string, time: number): Promise<readonly Ip[] | "pending"> {
  const ip = parseIp(host);
  if (ip !== undefined) return [unmap(ip)];
  const found = Promise.try(() => Bun.dns.lookup(connectableHost(host), {})).then(
    (entries) => entries.flatMap(({ address }) => parseIp(address) ?? []),
    () => [],
  );
  return Promise.race([found, Bun.sleep(time).then(() => "pending" as const)]);
}

/**
 * Returns the error of connections that are made again: a reset if one is reset, or a refusal if one refuses, is made, or none can be tried,
 * or else the first error. Undefined while they are pending.
 */
async function secondError({ host, port }: GrpcTarget): Promise<string | undefined> {
  const attempts: ConnectAttempt[] = [];
  try {
    const found = await addressesOf(host, LOOK);
    // An address with a zone cannot be tried: it would need the number of the device.
    const addresses = found === "pending" ? [] : found.filter(({ zone }) => zone === undefined);
    if (addresses.length === 0) return REFUSED;
    for (const address of addresses) attempts.push(attemptConnect(address, port));
    const outcomes = new Map<ConnectAttempt, string>();
    for (let waited = 0; ; waited += LOOK_INTERVAL) {
      // A connection that was made may be reset.
      for (const attempt of attempts) {
        const before = outcomes.get(attempt);
        const outcome = before === undefined || before === CONNECTED ? attempt.outcome() : before;
        if (outcome !== undefined) outcomes.set(attempt, outcome);
      }
      const known = [...outcomes.values()];
      if (known.includes(RESET)) return RESET;
      const areSettled = known.length === attempts.length && !known.includes(CONNECTED);
      if (areSettled || waited >= LOOK) return known.includes(REFUSED) || known.includes(CONNECTED) ? REFUSED : known[0];
      await Bun.sleep(LOOK_INTERVAL);
    }
  } catch {
    return undefined; // Without the C library, the kernel cannot be asked, and the time decides.
  } finally {
    for (const { close } of attempts) close();
  }
}

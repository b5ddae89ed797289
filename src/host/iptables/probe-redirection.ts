import type { Probe, ProbeEvents } from "../../commands/iptables/traffic-host.ts";
import { reasonOf } from "../files/read-file.ts";

/** The time between two attempts, in milliseconds. */
const PERIOD = 1_000;
/** Envoy may listen already. The types of the runtime lack this option, and `localAddress` below. */
const SHARED = { reusePort: true };

/**
 * Reports whether rules redirect a connection to Envoy's ports: it listens there in Envoy's place, and connects to an address at which nobody
 * listens. The connection that arrives is recognized by the port that it comes from.
 */
export async function probeRedirection(probe: Probe, events: ProbeEvents): Promise<boolean> {
  const { family, ports, port, timeout } = probe;
  const [own, foreign] = family === 4 ? (["127.0.0.1", "127.0.0.6"] as const) : (["::1", "::6"] as const);
  const arrival = openArrival();
  const servers = ports.flatMap((each) => listen(own, each, arrival.accepted, events));
  if (servers.length === 0) return false;
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), timeout);
  let isOver = false;
  const connecting = (async () => {
    while (!isOver) {
      await connect(own, foreign, port, arrival.connected, events);
      await Bun.sleep(PERIOD);
    }
  })();
  const isRedirected = await Promise.race([arrival.arrived, late.promise, connecting.then(() => false)]);
  isOver = true;
  clearTimeout(timer);
  for (const server of servers) server.stop(true);
  return isRedirected;
}

/** Compares the source ports of connections from both ends. */
function openArrival() {
  const { promise: arrived, resolve } = Promise.withResolvers<boolean>();
  const seen = { connected: new Set<number>(), accepted: new Set<number>() };
  const note = (end: keyof typeof seen, other: keyof typeof seen) => (port: number) => {
    seen[end].add(port);
    if (seen[other].has(port)) resolve(true);
  };
  return { arrived, connected: note("connected", "accepted"), accepted: note("accepted", "connected") };
}

function listen(hostname: string, port: string, accepted: (port: number) => void, events: ProbeEvents): readonly Bun.TCPSocketListener[] {
  const address = hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
  events.listening(address);
  try {
    if (!/^[0-9]{1,5}$/.test(port)) throw new Error(`"${port}" is not a port`);
    const open = (socket: Bun.Socket) => {
      accepted(socket.remotePort);
      socket.end();
    };
    return [Bun.listen({ hostname, port: Number(port), ...SHARED, socket: { open, data() {} } })];
  } catch (error) {
    events.notListening(`${address}: ${reasonOf(error)}`);
    return [];
  }
}

async function connect(
  localAddress: string,
  hostname: string,
  port: number,
  connected: (port: number) => void,
  events: ProbeEvents,
): Promise<void> {
  try {
    // The source has to be the loopback address: the kernel would choose the other one for IPv6, which the rules exempt.
    const socket = await Bun.connect({ hostname, port, ...{ localAddress }, socket: { data() {} } });
    connected(socket.localPort);
    socket.end();
  } catch (error) {
    events.notConnected(hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`, reasonOf(error));
  }
}

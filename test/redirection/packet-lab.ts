import { join } from "node:path";
import type { Listener } from "./fixtures/stand-in.ts";
import { type Machine, type MachineSetting, openMachine, type RunOptions } from "./machine.ts";

/** Addresses of the pod, and of the other machine by what they are for. */
export const POD = { ipv4: "10.244.0.16", ipv6: "fd00:10:244::16" } as const;
export const OUTSIDE = {
  service: "10.1.0.2",
  service6: "fd01::2",
  excluded: "10.9.0.2",
  excluded6: "fd09::2",
  resolver: "10.96.0.10",
  resolver6: "fd96::10",
  otherInterface: "192.0.2.1",
} as const;
const GATEWAY = { ipv4: "10.244.0.1", ipv6: "fd00:10:244::1" } as const;

/** The user of the application, that of the proxy, and a group. */
const APP: RunOptions = { uid: 1000 };
const PROXY: RunOptions = { uid: 1337 };
const EXCLUDED_GROUP: RunOptions = { uid: 1000, gid: 2001 };

/** A pod with programs that stand in for the proxy and the application, and a machine that it reaches over a link. */
export interface PacketLab extends AsyncDisposable {
  readonly pod: Machine;
  readonly outside: Machine;
}

/** Returns listeners in both families. */
function both(name: string, port: number, rest: Partial<Listener> = {}): readonly Listener[] {
  return ["0.0.0.0", "::"].map((address) => ({ name, protocol: "tcp", address, port, ...rest }));
}

function udp(name: string, addresses: readonly string[], port: number): readonly Listener[] {
  return addresses.map((address) => ({ name, protocol: "udp", address, port }));
}

const PROXY_LISTENERS: readonly Listener[] = [
  ...both("outbound", 15_001),
  ...both("inbound", 15_006, { isTransparent: true }),
  ...both("dns", 15_053),
  ...udp("dns", ["127.0.0.1", "::1"], 15_053),
];
const APP_LISTENERS: readonly Listener[] = [8080, 15_021].flatMap((port) => both("application", port));
const OUTSIDE_LISTENERS: readonly Listener[] = [
  ...[22, 53, 80].flatMap((port) => both("outside", port)),
  ...udp("outside", [OUTSIDE.service, OUTSIDE.service6], 22),
  // A reply has to come from the address that was asked.
  ...udp("outside", [OUTSIDE.service, OUTSIDE.service6, OUTSIDE.resolver, OUTSIDE.resolver6], 53),
];

/** Opens a pod and a machine outside, and starts what listens there. */
export async function openPacketLab(setting: Pick<MachineSetting, "programs">): Promise<PacketLab> {
  const stack = new AsyncDisposableStack();
  const resolvers = `nameserver ${OUTSIDE.resolver}\nnameserver ${OUTSIDE.resolver6}\n`;
  const pod = stack.use(
    await openMachine({
      ...setting,
      interfaces: { eth0: [`${POD.ipv4}/24`, `${POD.ipv6}/64`], eth1: ["192.0.2.5/24"] },
      files: { "/etc/resolv.conf": resolvers },
    }),
  );
  const { otherInterface, ...own } = OUTSIDE;
  const addresses = Object.values(own).map((address) => `${address}/${address.includes(":") ? 128 : 32}`);
  const outside = stack.use(await openMachine({ interfaces: { own: addresses } }));
  await pod.sh(`ip link set peer0 netns ${outside.pid} name link0; ip link set peer1 netns ${outside.pid} name link1`);
  await outside.sh(
    [
      "ip link set link0 addrgenmode none; ip link set link0 up; ip link set link1 up",
      `ip address add ${GATEWAY.ipv4}/24 dev link0; ip address add ${GATEWAY.ipv6}/64 dev link0 nodad`,
      `ip address add ${otherInterface}/24 dev link1`,
    ].join("\n"),
  );
  await pod.sh(`ip route add default via ${GATEWAY.ipv4}; ip -6 route add default via ${GATEWAY.ipv6}`);
  const started = [
    listen(outside, OUTSIDE_LISTENERS, {}),
    listen(pod, APP_LISTENERS, APP),
    // Transparent sockets need a capability, which an injected proxy has with TPROXY.
    listen(pod, PROXY_LISTENERS, { ...PROXY, capabilities: ["net_admin"] }),
  ];
  for (const each of started) stack.use(await each);
  return { pod, outside, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Starts programs that listen, and waits for them. */
async function listen(machine: Machine, listeners: readonly Listener[], options: RunOptions): Promise<AsyncDisposable> {
  const program = join(import.meta.dir, "fixtures/stand-in.ts");
  const child = machine.start([process.execPath, program, JSON.stringify(listeners)], options);
  const { value } = await child.stdout.getReader().read();
  if (value === undefined) throw new Error(`Nothing listens: ${await child.stderr.text()}`);
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

const ASKING: Readonly<Record<string, RunOptions>> = { app: APP, proxy: PROXY, "excluded group": EXCLUDED_GROUP };

/** Returns the answers to questions `WHO: PROTOCOL ADDRESS PORT`; who asks is outside, or a user of the pod. */
export async function answersTo(lab: PacketLab, questions: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const asked = questions.map(async (question) => {
    const [who = "", to = ""] = question.split(": ");
    return [question, await ask(who === "outside" ? lab.outside : lab.pod, to, ASKING[who] ?? {})] as const;
  });
  return Object.fromEntries(await Promise.all(asked));
}

/** Returns who answers, and for which address; `none` when nobody does. */
async function ask(machine: Machine, to: string, options: RunOptions): Promise<string> {
  const [protocol = "", address = "", port = ""] = to.split(" ");
  const script = 'exec 3<>"/dev/$0/$1/$2" && echo question >&3 && head -n 1 <&3';
  const { out } = await machine.run(["timeout", "5", "bash", "-c", script, protocol, address, port], options);
  return out.trim() || "none";
}

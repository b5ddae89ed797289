import { describe, expect, test } from "bun:test";
import { INJECTED } from "./arguments.ts";
import type { MachineSetting } from "./machine.ts";
import { answersTo, OUTSIDE, openPacketLab, POD } from "./packet-lab.ts";

const ARGUMENTS = [...INJECTED, ...["-x", "10.9.0.0/16,fd09::/16", "-o", "22", "-c", "eth1", "--dual-stack"]];
const ENV = { ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: "2001" };

/** Ways to redirect; all are to do the same with connections. */
const WAYS: readonly {
  readonly name: string;
  readonly args: readonly string[];
  readonly programs: NonNullable<MachineSetting["programs"]>;
}[] = [
  { name: "REDIRECT", args: [], programs: ["nft"] },
  { name: "REDIRECT, legacy", args: ["--force-iptables-binary", "legacy"], programs: ["legacy"] },
  { name: "REDIRECT, native nftables", args: ["--native-nftables"], programs: [] },
  { name: "TPROXY", args: ["-m", "TPROXY"], programs: ["nft"] },
  { name: "TPROXY, legacy", args: ["-m", "TPROXY", "--force-iptables-binary", "legacy"], programs: ["legacy"] },
  { name: "TPROXY, native nftables", args: ["-m", "TPROXY", "--native-nftables"], programs: [] },
];

const { service, service6, excluded, excluded6, resolver, resolver6, otherInterface } = OUTSIDE;

describe.each(WAYS)("$name", ({ args, programs }) => {
  test("connections of applications are captured, those of the proxy and what is left out are not", async () => {
    await using lab = await openPacketLab({ programs });
    // Without rules everything arrives where it is sent to.
    const without = {
      [`app: tcp ${service} 80`]: `outside ${service}:80`,
      [`app: tcp ${service6} 80`]: `outside [${service6}]:80`,
      [`app: udp ${resolver} 53`]: `outside ${resolver}:53`,
      [`app: udp ${resolver6} 53`]: `outside [${resolver6}]:53`,
      [`outside: tcp ${POD.ipv4} 8080`]: `application ${POD.ipv4}:8080`,
    };
    expect(await answersTo(lab, Object.keys(without))).toEqual(without);

    expect(await lab.pod.agent([...ARGUMENTS, ...args], { env: ENV })).toMatchObject({ status: 0 });
    const withRules = {
      [`app: tcp ${service} 80`]: `outbound ${service}:80`,
      [`app: tcp ${service6} 80`]: `outbound [${service6}]:80`,
      [`proxy: tcp ${service} 80`]: `outside ${service}:80`,
      [`proxy: tcp ${service6} 80`]: `outside [${service6}]:80`,
      [`excluded group: tcp ${service} 80`]: `outside ${service}:80`,
      [`app: tcp ${excluded} 80`]: `outside ${excluded}:80`,
      [`app: tcp ${excluded6} 80`]: `outside [${excluded6}]:80`,
      [`app: tcp ${service} 22`]: `outside ${service}:22`,
      [`app: udp ${service} 22`]: `outside ${service}:22`,
      [`app: udp ${service6} 22`]: `outside [${service6}]:22`,
      [`app: tcp ${otherInterface} 80`]: `outside ${otherInterface}:80`,
      // Resolvers are not captured unless that is asked for; their TCP is as any other.
      [`app: udp ${resolver} 53`]: `outside ${resolver}:53`,
      [`app: tcp ${resolver} 53`]: `outbound ${resolver}:53`,
      // The application of the pod's own: directly by itself, through the listener for inbound connections by the proxy.
      ["app: tcp 127.0.0.1 8080"]: "application 127.0.0.1:8080",
      [`app: tcp ${POD.ipv4} 8080`]: `application ${POD.ipv4}:8080`,
      ["proxy: tcp 127.0.0.1 8080"]: "application 127.0.0.1:8080",
      [`proxy: tcp ${POD.ipv4} 8080`]: `inbound ${POD.ipv4}:8080`,
      [`outside: tcp ${POD.ipv4} 8080`]: `inbound ${POD.ipv4}:8080`,
      [`outside: tcp ${POD.ipv6} 8080`]: `inbound [${POD.ipv6}]:8080`,
      [`outside: tcp ${POD.ipv4} 15021`]: `application ${POD.ipv4}:15021`,
      [`outside: tcp ${POD.ipv6} 15021`]: `application [${POD.ipv6}]:15021`,
      // Over the interface that is left out.
      ["outside: tcp 192.0.2.5 8080"]: "application 192.0.2.5:8080",
    };
    expect(await answersTo(lab, Object.keys(withRules))).toEqual(withRules);
  });

  test("queries to the resolvers of the pod are captured, and answers come from whom was asked", async () => {
    await using lab = await openPacketLab({ programs });
    expect(await lab.pod.agent([...ARGUMENTS, ...args, "--redirect-dns"], { env: ENV })).toMatchObject({
      status: 0,
    });
    const wanted = {
      [`app: udp ${resolver} 53`]: "dns 127.0.0.1:15053",
      [`app: udp ${resolver6} 53`]: "dns [::1]:15053",
      [`app: tcp ${resolver} 53`]: `dns ${resolver}:53`,
      [`app: tcp ${resolver6} 53`]: `dns [${resolver6}]:53`,
      [`proxy: udp ${resolver} 53`]: `outside ${resolver}:53`,
      [`proxy: udp ${resolver6} 53`]: `outside [${resolver6}]:53`,
      [`proxy: tcp ${resolver} 53`]: `outside ${resolver}:53`,
      [`excluded group: udp ${resolver} 53`]: `outside ${resolver}:53`,
      [`app: udp ${service} 53`]: `outside ${service}:53`,
      [`app: tcp ${service} 53`]: `outbound ${service}:53`,
      [`app: tcp ${service} 80`]: `outbound ${service}:80`,
    };
    expect(await answersTo(lab, Object.keys(wanted))).toEqual(wanted);
  });
});

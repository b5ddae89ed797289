import type { CaptureConfig } from "../../iptables/capture-config.ts";
import { items } from "../../iptables/lists.ts";
import {
  continueIn,
  familyAddresses,
  from,
  INTO_LO,
  inChain,
  inState,
  marked,
  notTo,
  OUT_OF_LO,
  ownedBy,
  RETURN,
  setMark,
  TCP,
  toPort,
} from "../../iptables/matches.ts";
import type { Rule } from "../../iptables/rule.ts";

/** The mark of packets that Envoy sends to the application over loopback. */
const OUTBOUND_MARK = "1338";

const manglePrerouting = inChain("mangle", "PREROUTING");
const mangleOutput = inChain("mangle", "OUTPUT");
const mangleInbound = inChain("mangle", "ISTIO_INBOUND");

/** Returns the rules that give one port, or all, to Envoy; packets of a known connection only need its mark. */
export function tproxyCapture(ports: readonly string[]): readonly Rule[] {
  return [
    mangleInbound(
      [TCP, ...ports.map(toPort), inState("RELATED", "ESTABLISHED")],
      continueIn("ISTIO_DIVERT"),
      "because Envoy has the connection already",
    ),
    mangleInbound([TCP, ...ports.map(toPort)], continueIn("ISTIO_TPROXY"), "so that Envoy takes the connection"),
  ];
}

/** Returns the chains that TPROXY needs. */
export function tproxyChains({ mark, inboundPort, loopback }: CaptureConfig): readonly Rule[] {
  const divert = inChain("mangle", "ISTIO_DIVERT");
  return [
    divert([], setMark(mark), "so that it is routed to this machine"),
    divert([], { kind: "accept" }, "after the mark"),
    ...familyAddresses(loopback).map(({ family, loopback }) =>
      inChain("mangle", "ISTIO_TPROXY")(
        [notTo(loopback), TCP],
        { kind: "tproxy", mark, port: inboundPort },
        "where Envoy takes inbound connections with their source address",
        { family },
      ),
    ),
  ];
}

/** Returns the rules that keep the marks of connections, and exempt what Envoy sends to the application. */
export function tproxyRules({ mark, uids, gids, loopback: range }: CaptureConfig): readonly Rule[] {
  const addresses = familyAddresses(range);
  const owners = [...items(uids).map((id) => ownedBy("uid", id)), ...items(gids).map((id) => ownedBy("gid", id))];
  return [
    manglePrerouting([TCP, marked(mark)], { kind: "save-mark" }, "so that the connection keeps it"),
    mangleOutput([TCP, OUT_OF_LO, marked(mark)], RETURN, "because it is marked already"),
    ...owners.flatMap((owner) =>
      addresses.map(({ family, loopback }) =>
        mangleOutput([notTo(loopback), TCP, OUT_OF_LO, owner], setMark(OUTBOUND_MARK), "because Envoy calls its own application", {
          family,
        }),
      ),
    ),
    mangleOutput([TCP, { kind: "connection-mark", mark }], { kind: "restore-mark" }, "so that answers take the same way"),
    mangleInbound([TCP, marked(mark)], RETURN, "because it is marked already", { insertAt: 1 }),
    ...addresses.map(({ family, passthrough }) =>
      mangleInbound([TCP, from(passthrough), INTO_LO], RETURN, "because Envoy passes an inbound connection to the application", {
        family,
        insertAt: 2,
      }),
    ),
    mangleInbound(
      [TCP, INTO_LO, { kind: "mark", mark: OUTBOUND_MARK, not: true }],
      RETURN,
      "because applications of this pod talk to each other",
      {
        insertAt: 3,
      },
    ),
  ];
}

import { isLoopback, parseIp, unmap } from "../go/ip.ts";

/** Returns whether a peer's address is a loopback address: any of 127/8, or ::1 (recorded: quit-post-other-127). */
export function isLoopbackPeer(address: string): boolean {
  const parsed = parseIp(address);
  return parsed !== undefined && isLoopback(unmap(parsed));
}

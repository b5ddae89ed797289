import { answeredError } from "../../linux/netlink.ts";
import { changeRequest, type NetworkChange } from "../../linux/network-change.ts";
import { errnoName } from "../linux/errno-name.ts";
import { PROTOCOL, withNetlink } from "../linux/netlink.ts";
import { lastErrno } from "../linux/start-libc.ts";
import { trafficLibc } from "./traffic-libc.ts";

/** The kernel has answered with something else. */
const EPROTO = 71;

/** Changes addresses, rules or routes over netlink, so that no program is needed. Returns the name of the error, such as EEXIST. */
export function changeNetwork(change: NetworkChange): string | undefined {
  const libc = trafficLibc();
  const failed = () => lastErrno(libc);
  const error = withNetlink(libc, PROTOCOL.route, ({ send, receive }) => {
    if (!send(changeRequest(change))) return failed();
    const answer = receive();
    return answer === undefined ? failed() : (answeredError(answer) ?? EPROTO);
  });
  if (error === 0) return undefined;
  return errnoName(error ?? failed());
}

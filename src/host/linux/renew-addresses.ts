import { parseIp } from "../../go/ip.ts";
import { openLibc } from "./ffi.ts";
import { startLibc } from "./start-libc.ts";

/** The runtime's variable for the seconds that it remembers the addresses of a name, 30 by default. It reads it with the first name. */
const VARIABLE = "BUN_CONFIG_DNS_TIME_TO_LIVE_SECONDS";

let isSet = false;

/**
 * Makes the runtime remember the addresses of names for a second at most: it would go on connecting to a server that has moved for half a
 * minute. To be called before a connection to a host; nothing depends on whether it works. Processes that are started do not get the
 * variable: the runtime gives them those that it was started with.
 */
export function renewAddresses(host: string): void {
  if (isSet || startLibc === undefined || parseIp(host) !== undefined) return;
  isSet = true;
  const { setenv } = openLibc({ setenv: { args: ["cstring", "cstring", "i32"] } });
  setenv(VARIABLE, "0", 0);
}

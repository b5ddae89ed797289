import { withoutDot } from "../../go/host-port.ts";
import { parseIp } from "../../go/ip.ts";
import { nodeFs } from "../files/libc-files.ts";
import { openLibc } from "./ffi.ts";
import { startLibc } from "./start-libc.ts";

const HOSTS = "/etc/hosts";
/** The runtime's variable for the seconds that it remembers the addresses of a name, 30 by default. It reads it with the first name. */
const VARIABLE = "BUN_CONFIG_DNS_TIME_TO_LIVE_SECONDS";

let isRenewing = false;

/**
 * Returns what the runtime has to be given to connect to a host: a name without the dot at its end where the file of host names has it so,
 * as Go finds it there. From the first name on, the runtime remembers the addresses of names for a second at most.
 */
export function connectableHost(host: string): string {
  if (parseIp(host) !== undefined) return host;
  renewAddresses();
  const name = withoutDot(host);
  return name !== host && (name === "localhost" || isInHosts(name)) ? name : host;
}

/**
 * Without this, the runtime goes on connecting for half a minute to where a server has been. Nothing depends on whether it works. Processes
 * that are started do not get the variable: the runtime gives them those that it was started with.
 */
function renewAddresses(): void {
  if (isRenewing || startLibc === undefined) return;
  isRenewing = true;
  const { setenv } = openLibc({ setenv: { args: ["cstring", "cstring", "i32"] } });
  setenv(VARIABLE, "0", 0);
}

/** Reports whether the file of host names has a name; the case of its letters does not matter. */
function isInHosts(name: string): boolean {
  try {
    const lines = nodeFs().readFileSync(HOSTS, "latin1").toLowerCase().split("\n");
    return lines.some((line) => line.replace(/#.*/, "").trim().split(/\s+/).slice(1).includes(name.toLowerCase()));
  } catch {
    return false;
  }
}

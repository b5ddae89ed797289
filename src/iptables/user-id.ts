import type { Environment } from "../inputs/environment.ts";
import type { CaptureInputs } from "./capture-config.ts";

/** Returns the uid of the proxy's user, which ENVOY_USER names; 1337 if it is unknown. */
export function proxyUid(environment: Environment, { passwd }: Pick<CaptureInputs, "passwd">): string {
  return userId(passwd(), environment.lookup("ENVOY_USER") ?? "istio-proxy") ?? "1337";
}

/** Returns the uid of a user in the text of /etc/passwd; undefined for an unknown one. Blanks around a line do not count. */
export function userId(passwd: string, name: string): string | undefined {
  for (const line of passwd.split("\n")) {
    const fields = line.trim().split(":");
    const [user = "", , uid = "", gid = ""] = fields;
    if (user === name && !NO_USER.test(name) && fields.length >= 6 && isNumber(uid) && isNumber(gid)) return uid;
  }
  return undefined;
}

/** Names that are no users: entries for other databases, and comments. */
const NO_USER = /^(?:$|[-+#])/;

function isNumber(text: string): boolean {
  return /^[0-9]+$/.test(text);
}

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

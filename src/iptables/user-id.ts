/** Returns the uid of a user in the text of /etc/passwd; undefined for an unknown one. */
export function userId(passwd: string, name: string): string | undefined {
  for (const line of passwd.split("\n")) {
    const fields = line.split(":");
    const [user = "", , uid = "", gid = ""] = fields;
    if (user === name && name !== "" && fields.length >= 6 && isNumber(uid) && isNumber(gid)) return uid;
  }
  return undefined;
}

function isNumber(text: string): boolean {
  return /^[0-9]+$/.test(text);
}

/** Returns what openssl says of an RSA private key in PEM: "RSA key ok", or what is wrong. */
export function opensslCheck(key: string): string {
  const { stdout, stderr } = Bun.spawnSync(["openssl", "rsa", "-check", "-noout"], { stdin: Buffer.from(key) });
  return `${stdout}${stderr}`;
}

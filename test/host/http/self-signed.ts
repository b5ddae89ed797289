/** Creates a certificate for one test, with the system's openssl. */
export function selfSigned(): { readonly key: string; readonly cert: string } {
  // The runtime's pipes cannot be opened by path, a shell's can.
  const request = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout /dev/stdout -subj /CN=test -days 2";
  const { stdout } = Bun.spawnSync(["sh", "-c", `${request} 2>/dev/null | cat`]);
  const text = stdout.toString();
  const part = (name: string) => new RegExp(`-----BEGIN ${name}-----[\\s\\S]*?-----END ${name}-----\\n`).exec(text)?.[0] ?? "";
  return { key: part("PRIVATE KEY"), cert: part("CERTIFICATE") };
}

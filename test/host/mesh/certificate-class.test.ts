import { expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { selfSigned } from "../../support/self-signed.ts";
import { ROOT } from "../../support/subject.ts";

const { key, cert } = selfSigned("localhost");
const file = (path: string) => JSON.stringify(join(ROOT, path));

/** Returns what code prints that is run in a process in which no certificate was needed before. */
function printed(code: string): string {
  const text = `
    const { certificateClass } = await import(${file("src/host/mesh/certificate-class.ts")});
    const { handshakeProblem } = await import(${file("src/host/mesh/tls.ts")});
    const { X509Certificate } = require("node:crypto");
    class Another extends X509Certificate {}
    const another = new Another(${JSON.stringify(cert)});
    ${code}`;
  const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", text]);
  return `${stdout}${stderr}`.trim();
}

test("without a TLS connection, it is the class of node:crypto", () => {
  expect(printed("console.log(certificateClass() === X509Certificate)")).toBe("true");
});

test("with one, it is the class of the server's certificate, and node:crypto is not asked", () => {
  const socket = "{ getPeerX509Certificate: () => another }";
  const check = `console.log(handshakeProblem(${socket}, null, { serverName: "other" }), certificateClass() === Another)`;
  expect(printed(check)).toBe("the certificate is not valid for other, but for no name true");
});

test("which is the same: the runtime has only one", async () => {
  const { promise, resolve } = Promise.withResolvers<X509Certificate | undefined>();
  using server = Bun.listen({ hostname: "127.0.0.1", port: 0, tls: { key, cert }, socket: { data() {} } });
  const client = await Bun.connect({
    hostname: "127.0.0.1",
    port: server.port,
    tls: { rejectUnauthorized: false },
    socket: { data() {}, handshake: (socket) => resolve(socket.getPeerX509Certificate()) },
  });
  const certificate = await promise;
  client.terminate();
  expect(certificate?.constructor).toBe(X509Certificate);
  expect(certificate?.raw.equals(new X509Certificate(cert).raw)).toBe(true);
});

import { describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { readdirSync } from "node:fs";
import { createServer as createHttp2 } from "node:http2";
import { createServer as createTcp } from "node:net";
import { createServer, type TlsOptions } from "node:tls";
import { CODE } from "../../../../src/mesh/grpc-status.ts";
import { issue, keyOf, pemOf, serverOf } from "../../../mesh/lab/chains.ts";
import { eventually } from "../../../support/eventually.ts";
import { DONE, NAME, refused, tlsLab } from "./tls-lab.ts";

const { authority, stranger, server, fileOf, listen, serve, callOn } = await tlsLab();
const root = await issue({ subject: "CN=root" });
const trusted = { roots: { kind: "file", path: fileOf("issuer.pem", pemOf(root)) } } as const;

describe("a gRPC connection over TLS", () => {
  test.each([
    ["a name", NAME, NAME],
    ["a name with a dot at its end", `${NAME}.`, NAME],
    ["a name of a wildcard", "a.wild.example", "a.wild.example"],
    ["a name that is the wildcard", "*.wild.example", "*.wild.example"],
    ["an IPv4 address", "127.0.0.1", null],
    ["an IPv6 address", "::1", null],
    ["an IPv4 address as IPv6", "::ffff:127.0.0.1", null],
    ["a name in capitals", "A.Wild.Example", "A.Wild.Example"],
    ["a name with a port, without the port", `${NAME}:443`, NAME],
    ["an IPv6 address in brackets", "[::1]", null],
    ["an IPv6 address with a port", "[::1]:443", null],
    ["an IPv4 address with a port", "127.0.0.1:443", null],
  ])("verifies %s", async (_, serverName, sent) => {
    const seen = await serve();
    expect(await callOn(seen.port, { serverName })).toMatchObject(DONE);
    expect(seen.sent.map(({ name }) => name || null)).toEqual([sent]);
  });

  test.each([
    ["dotted.example.", "dotted.example.", true],
    ["dotted.example.", "Dotted.Example.", true],
    ["dotted.example.", "dotted.example", false],
    ["127.0.0.1", "127.0.0.1.", true],
    ["dotted.example.", "dotted.example.:443", true],
  ])("a certificate for the DNS name %s is one for %s: %p", async (own, serverName, isAccepted) => {
    const leaf = await issue({ subject: "O=istiod", issuer: root, extensions: serverOf(own) });
    const seen = await serve({ key: await keyOf(leaf), cert: pemOf(leaf) });
    const message = `the certificate is not valid for ${serverName}, but for DNS:${own}`;
    expect(await callOn(seen.port, { ...trusted, serverName })).toMatchObject(isAccepted ? DONE : refused(message));
  });

  test.each(["localhost", "localhost.", "127.0.0.1"])("connects to %s", async (host) => {
    expect(await callOn((await serve()).port, {}, host)).toMatchObject(DONE);
  });

  test("connects to an IPv6 address", async () => {
    expect(await callOn((await serve({}, "::1")).port, {}, "::1")).toMatchObject(DONE);
  });

  test.each([
    ...[
      "other.example",
      "127.0.0.1.",
      `${NAME}..`,
      "a.b.wild.example",
      "wild.example",
      "10.0.0.1",
      "::2",
      "",
      ".",
      "..",
      "*",
      "a b",
      "a\0b",
      "1.2.3",
    ],
    ...[
      "256.1.1.1",
      "0x7f.1",
      "fe80::1%eth0",
      "::1%lo",
      "name:name",
      "[::2]",
      "[a.wild.example]",
      ":443",
      "::1:443:",
      `${"x".repeat(300)}.example`,
    ],
  ])("refuses a server that is not %j", async (serverName) => {
    expect(await callOn((await serve()).port, { serverName })).toMatchObject(
      refused(`the certificate is not valid for ${serverName}, but for `),
    );
  });

  test.each([
    ["garbage", "x".repeat(100)],
    ["an alert", "\x15\x03\x03\x00\x02\x02\x28"],
    ["a record that is too large", `\x16\x03\x03\xff\xff${"\0".repeat(70_000)}`],
    ["half a handshake", "\x16\x03\x03\x00\x04\x02\x00\x00\x00"],
    ["nothing", ""],
  ])("survives a server that sends %s", async (_, text) => {
    for (const end of ["end", "destroy", "resetAndDestroy"] as const) {
      const raw = createTcp((socket) => {
        socket.on("error", () => {});
        socket.once("data", () => socket.write(Buffer.from(text, "latin1"), () => socket[end]()));
      });
      expect(await callOn(await listen(raw))).toMatchObject({ code: CODE.UNAVAILABLE });
    }
  });

  test("leaves nothing open to a server that is silent and does not close its side", async () => {
    const open = () => readdirSync("/proc/self/fd").length;
    const stuck = createServer({ key: server.key, cert: server.chain, ALPNProtocols: ["h2"], allowHalfOpen: true }, (socket) => {
      socket.on("error", () => {});
      socket.on("data", () => {});
    });
    const port = await listen(stuck);
    const before = open();
    expect(await callOn(port, {}, "127.0.0.1", 200)).toMatchObject(refused("no SETTINGS frame"));
    // The end of the server is in this process, too.
    await eventually(() => open() === before + 1 || undefined);
  });

  test("says that a server does not answer the handshake", async () => {
    const port = await listen(createTcp((socket) => socket.on("error", () => {}).resume()));
    expect(await callOn(port, {}, "127.0.0.1", 100)).toMatchObject(refused("no answer to the TLS handshake within 0.1 s"));
  });

  test("says that a server with TLS refuses connections", async () => {
    const server = createTcp();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await callOn(port)).toMatchObject(refused(`dial tcp 127.0.0.1:${port}: connect: connection refused`));
  });

  test("refuses a server that has an identity only", async () => {
    const { key, chain } = await authority.workload("spiffe://cluster.local/ns/istio-system/sa/istiod");
    const { port } = await serve({ key, cert: chain });
    expect(await callOn(port)).toMatchObject(refused(`the certificate is not valid for ${NAME}, but for URI:spiffe://cluster.local`));
  });

  test.each([
    ["only as a common name", `CN=${NAME}`, serverOf(NAME).slice(1), "no name"],
    ["only as a name with a wildcard within a label", "O=istiod", serverOf("is*.istio-system.svc"), "DNS:is*.istio-system.svc"],
  ])("refuses a server that has the name %s", async (_, subject, extensions, names) => {
    const issued = await issue({ subject, issuer: root, extensions });
    const { port } = await serve({ key: await keyOf(issued), cert: pemOf(issued) });
    expect(await callOn(port, trusted)).toMatchObject(refused(`the certificate is not valid for ${NAME}, but for ${names}`));
  });

  test("refuses a server of another authority", async () => {
    const { key, chain } = await stranger.server([NAME]);
    expect(await callOn((await serve({ key, cert: chain })).port)).toMatchObject(refused("unable to"));
  });

  test("refuses a certificate that has expired", async () => {
    const { key, chain } = await authority.server([NAME], -10);
    expect(await callOn((await serve({ key, cert: chain })).port)).toMatchObject(
      refused(
        `certificate has expired (at ${new X509Certificate(chain).validToDate.toISOString().slice(0, -5)}Z; the clock of this machine`,
      ),
    );
  });

  test("names the setting that a wrong name is from", async () => {
    const tls = { serverName: "san.example", nameOrigin: "ISTIOD_SAN" } as const;
    expect(await callOn((await serve()).port, tls)).toMatchObject(
      refused("the certificate is not valid for san.example (ISTIOD_SAN), but for DNS:istiod"),
    );
  });

  test.each<[string, TlsOptions, string]>([
    ["an older version", { maxVersion: "TLSv1.1", minVersion: "TLSv1" }, "the server does not accept the offered versions of TLS ("],
    ["a client certificate", { requestCert: true, ca: authority.root }, "the server requires a client certificate ("],
    [
      "a client certificate in TLS 1.2",
      { requestCert: true, ca: authority.root, maxVersion: "TLSv1.2" },
      "the server accepts none of the offered ciphers and curves, or requires a client certificate (",
    ],
    ["another protocol", { ALPNProtocols: ["http/1.1"] }, "the server does not offer h2 (ALPN) ("],
  ])("says in plain words that a server requires %s", async (_, options, reason) => {
    expect(await callOn((await serve(options)).port)).toMatchObject(refused(reason));
  });

  test("says that a server does not speak TLS", async () => {
    expect(await callOn(await listen(createHttp2()))).toMatchObject(refused("the server does not speak TLS (WRONG_VERSION_NUMBER)"));
  });

  test("refuses a server without HTTP/2", async () => {
    expect(await callOn((await serve({ ALPNProtocols: ["http/1.1"] })).port)).toMatchObject({ code: CODE.UNAVAILABLE });
    expect(await callOn((await serve({ ALPNProtocols: [] })).port)).toMatchObject(refused("the server does not offer h2 (ALPN)"));
  });
});

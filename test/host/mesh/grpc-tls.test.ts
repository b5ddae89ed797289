import { afterEach, describe, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttp2, type ServerHttp2Stream } from "node:http2";
import { createServer as createTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type TlsOptions } from "node:tls";
import type { Log } from "../../../src/common/notice.ts";
import { connectGrpc } from "../../../src/host/mesh/grpc-connection.ts";
import { CODE, type GrpcStatus } from "../../../src/mesh/grpc-status.ts";
import type { Endpoint, TlsPlan } from "../../../src/mesh/mesh-plan.ts";
import { createAuthority } from "../../mesh/lab/authority.ts";
import { eventually } from "../../support/eventually.ts";

const directory = mkdtempSync(join(tmpdir(), "tls-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
const authority = await createAuthority();
const stranger = await createAuthority("stranger");
const NAME = "istiod.istio-system.svc";
const opened: (() => void)[] = [];
const warnings: string[] = [];
/** What was said of a file is remembered for each log. */
const log: Log = (_, text) => void warnings.push(text);

afterEach(() => {
  warnings.splice(0);
  for (const close of opened.splice(0)) close();
});

function fileOf(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const ROOT = fileOf("root.pem", authority.root);
const server = await authority.server([NAME, "*.wild.example", "127.0.0.1", "::1"]);

interface Seen {
  readonly port: number;
  /** The names (SNI) and client certificates of the connections. */
  readonly sent: { readonly name: string | false | null; readonly client: string }[];
}

/** Starts a server that answers each call with OK. */
async function serve(options: TlsOptions = {}, host = "127.0.0.1"): Promise<Seen> {
  const sent: Seen["sent"] = [];
  const inner = createHttp2();
  inner.on("stream", (stream: ServerHttp2Stream) =>
    stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "0" }, { endStream: true }),
  );
  const tls = createServer({ key: server.key, cert: server.chain, ALPNProtocols: ["h2"], ...options }, (socket) => {
    socket.on("error", () => {});
    sent.push({ name: socket.servername ?? null, client: socket.getPeerCertificate().subjectaltname ?? "" });
    inner.emit("connection", socket);
  });
  tls.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => tls.listen(0, host, resolve));
  opened.push(() => tls.close());
  const address = tls.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, sent };
}

/** Makes one call, and returns its end. */
function callOn(port: number, tls: Partial<TlsPlan> = {}, host = "127.0.0.1", limit = 30_000): Promise<GrpcStatus> {
  const endpoint: Endpoint = {
    host,
    port,
    keepalive: { interval: 30_000, timeout: 10_000 },
    tls: { serverName: NAME, roots: { kind: "file", path: ROOT }, policy: "", ...tls },
  };
  const connection = connectGrpc(endpoint, log, { limit });
  opened.push(connection.close);
  return new Promise((resolve) => connection.open("/a/b", [], { message: () => {}, ended: resolve }));
}

const DONE = { code: CODE.OK };

function refused(reason: string): object {
  return { code: CODE.UNAVAILABLE, message: expect.stringContaining(reason) };
}

describe("a gRPC connection over TLS", () => {
  test.each([
    ["a name", NAME, NAME],
    ["a name with a dot at its end", `${NAME}.`, NAME],
    ["a name of a wildcard", "a.wild.example", "a.wild.example"],
    ["an IPv4 address", "127.0.0.1", null],
    ["an IPv4 address with a dot at its end", "127.0.0.1.", null],
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

  test.each(["localhost", "localhost.", "127.0.0.1"])("connects to %s", async (host) => {
    expect(await callOn((await serve()).port, {}, host)).toMatchObject(DONE);
  });

  test("connects to an IPv6 address", async () => {
    expect(await callOn((await serve({}, "::1")).port, {}, "::1")).toMatchObject(DONE);
  });

  test.each([
    ...[
      "other.example",
      "a.b.wild.example",
      "wild.example",
      "10.0.0.1",
      "::2",
      "",
      ".",
      "..",
      "*",
      "*.wild.example",
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
      await new Promise<void>((resolve) => raw.listen(0, "127.0.0.1", resolve));
      opened.push(() => raw.close());
      const address = raw.address();
      expect(await callOn(typeof address === "object" && address !== null ? address.port : 0)).toMatchObject({ code: CODE.UNAVAILABLE });
    }
  });

  test("leaves nothing open to a server that is silent and does not close its side", async () => {
    const open = () => readdirSync("/proc/self/fd").length;
    const stuck = createServer({ key: server.key, cert: server.chain, ALPNProtocols: ["h2"], allowHalfOpen: true }, (socket) => {
      socket.on("error", () => {});
      socket.on("data", () => {});
    });
    await new Promise<void>((resolve) => stuck.listen(0, "127.0.0.1", resolve));
    opened.push(() => stuck.close());
    const address = stuck.address();
    const before = open();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    expect(await callOn(port, {}, "127.0.0.1", 200)).toMatchObject(refused("no SETTINGS frame"));
    // The end of the server is in this process, too.
    await eventually(() => open() === before + 1 || undefined);
  });

  test("refuses a server that has an identity only", async () => {
    const { key, chain } = await authority.workload("spiffe://cluster.local/ns/istio-system/sa/istiod");
    const { port } = await serve({ key, cert: chain });
    expect(await callOn(port)).toMatchObject(refused(`the certificate is not valid for ${NAME}, but for URI:spiffe://cluster.local`));
  });

  test("refuses a server of another authority", async () => {
    const { key, chain } = await stranger.server([NAME]);
    expect(await callOn((await serve({ key, cert: chain })).port)).toMatchObject(refused("unable to"));
  });

  test("refuses a certificate that has expired", async () => {
    const { key, chain } = await authority.server([NAME], -10);
    expect(await callOn((await serve({ key, cert: chain })).port)).toMatchObject(refused("certificate has expired"));
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
    const plain = createHttp2();
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
    opened.push(() => plain.close());
    const address = plain.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    expect(await callOn(port)).toMatchObject(refused("the server does not speak TLS (WRONG_VERSION_NUMBER)"));
  });

  test("refuses a server without HTTP/2", async () => {
    expect(await callOn((await serve({ ALPNProtocols: ["http/1.1"] })).port)).toMatchObject({ code: CODE.UNAVAILABLE });
    expect(await callOn((await serve({ ALPNProtocols: [] })).port)).toMatchObject(refused("the server does not offer h2 (ALPN)"));
  });

  test("refuses roots that cannot be used", async () => {
    const { port } = await serve();
    const missing = { kind: "file", path: join(directory, "missing") } as const;
    expect(await callOn(port, { roots: missing })).toMatchObject(refused(`cannot read "${missing.path}": no such file or directory`));
    const empty = { kind: "file", path: fileOf("empty", "nothing") } as const;
    expect(await callOn(port, { roots: empty })).toMatchObject(refused(`"${empty.path}" contains no certificate`));
    writeFileSync(empty.path, "");
    expect(await callOn(port, { roots: empty })).toMatchObject(refused(`"${empty.path}" contains no certificate`));
    writeFileSync(empty.path, authority.root);
    expect(await callOn(port, { roots: empty })).toMatchObject(DONE);
    const folder = { kind: "file", path: directory } as const;
    expect(await callOn(port, { roots: folder })).toMatchObject(refused(`cannot read "${directory}": is a directory`));
    const garbage = { kind: "file", path: fileOf("garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") } as const;
    expect(await callOn(port, { roots: garbage })).toMatchObject(refused(`"${garbage.path}" contains no certificate that can be parsed`));
  });

  test.each([
    ["emptied", (path: string) => writeFileSync(path, ""), (path: string) => `"${path}" contains no certificate`],
    ["removed", (path: string) => rmSync(path), (path: string) => `cannot read "${path}": no such file or directory`],
    [
      "cut",
      (path: string) => writeFileSync(path, authority.root.slice(0, 200)),
      (path: string) => `"${path}" contains no certificate that can be parsed`,
    ],
    [
      "broken",
      (path: string) => writeFileSync(path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
      (path: string) => `"${path}" contains no certificate that can be parsed`,
    ],
  ])("keeps the roots that were read before when their file is %s, until it is replaced", async (how, spoil, reason) => {
    const seen = await serve();
    const other = await stranger.server([NAME]);
    const unknown = await serve({ key: other.key, cert: other.chain });
    const roots = { kind: "file", path: fileOf(`kept ${how}`, authority.root) } as const;
    expect(await callOn(seen.port, { roots })).toMatchObject(DONE);
    spoil(roots.path);
    warnings.splice(0);
    expect(await callOn(seen.port, { roots })).toMatchObject(DONE);
    expect(warnings).toEqual([`Cannot use the root certificates now, using those read before: ${reason(roots.path)}`]);
    expect(await callOn(unknown.port, { roots })).toMatchObject(refused("unable to"));
    expect(warnings).toHaveLength(1);
    // Those of another plan are not known.
    expect(await callOn(seen.port, { roots: { ...roots } })).toMatchObject(refused(reason(roots.path)));
    writeFileSync(roots.path, stranger.root);
    warnings.splice(0);
    expect(await callOn(unknown.port, { roots })).toMatchObject(DONE);
    expect(await callOn(seen.port, { roots })).toMatchObject(refused("unable to"));
    expect(warnings).toEqual([]);
    rmSync(roots.path);
    expect(await callOn(unknown.port, { roots })).toMatchObject(DONE);
    expect(warnings).toHaveLength(1);
  });

  test.each([
    ["before", (bad: string) => `${bad}${authority.root}`],
    ["after", (bad: string) => `${authority.root}${bad}`],
    ["that does not end, after", (bad: string) => `${authority.root}${bad.slice(0, 40)}`],
  ])("uses the good root of a file with a bad one %s it", async (where, textOf) => {
    const { port } = await serve();
    const text = textOf("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    const roots = { kind: "file", path: fileOf(`mixed ${where}`, text) } as const;
    expect(await callOn(port, { roots })).toMatchObject(DONE);
  });

  test("sends the client certificate that is in the files now", async () => {
    const seen = await serve({ requestCert: true, rejectUnauthorized: false, ca: authority.root });
    const paths = { chain: join(directory, "client.pem"), key: join(directory, "client.key"), origin: "PROV_CERT" };
    const write = async (name: string, seconds?: number) => {
      const { chain, key } = await authority.workload(`spiffe://${name}`, seconds);
      writeFileSync(paths.chain, chain);
      writeFileSync(paths.key, key);
      return key;
    };
    await write("one");
    expect(await callOn(seen.port, { client: paths })).toMatchObject(DONE);
    await write("two");
    expect(await callOn(seen.port, { client: paths })).toMatchObject(DONE);
    await write("three", -10);
    expect(await callOn(seen.port, { client: paths })).toMatchObject(DONE);
    expect(warnings.splice(0)).toEqual([
      `Cannot use client certificate "${paths.chain}" (PROV_CERT), using the token instead: it has expired`,
    ]);
    writeFileSync(paths.chain, "nothing");
    expect(await callOn(seen.port, { client: paths })).toMatchObject(DONE);
    expect(warnings.splice(0)).toHaveLength(1);
    expect(seen.sent.map(({ client }) => client)).toEqual(["URI:spiffe://one", "URI:spiffe://two", "", ""]);
  });

  test.each([
    [
      "of another certificate",
      ({ key }: Pair) => writeFileSync(key, server.key),
      () => "the private key does not belong to the certificate",
    ],
    ["missing", ({ key }: Pair) => rmSync(key), ({ key }: Pair) => `cannot read "${key}": no such file or directory`],
    ["garbage", ({ key }: Pair) => writeFileSync(key, "x\n"), () => "the file of the private key contains no private key"],
    [
      "broken",
      ({ key }: Pair) => writeFileSync(key, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
      () => "the private key cannot be parsed",
    ],
    [
      "a directory",
      ({ key }: Pair) => {
        rmSync(key);
        mkdirSync(key);
      },
      ({ key }: Pair) => `cannot read "${key}": is a directory`,
    ],
  ])("connects without a client certificate whose key is %s", async (how, spoil, reason) => {
    const seen = await serve({ requestCert: true, rejectUnauthorized: false, ca: authority.root });
    const pair = await authority.workload("spiffe://workload");
    const client = { chain: fileOf(`${how}.pem`, pair.chain), key: fileOf(`${how}.key`, pair.key), origin: "PROV_CERT" };
    expect(await callOn(seen.port, { client })).toMatchObject(DONE);
    spoil(client);
    warnings.splice(0);
    expect(await callOn(seen.port, { client })).toMatchObject(DONE);
    expect(warnings).toEqual([`Cannot use client certificate "${client.chain}" (PROV_CERT), using the token instead: ${reason(client)}`]);
    // The connection to the other of CA and control plane does not repeat it.
    expect(await callOn(seen.port, { client })).toMatchObject(DONE);
    expect(warnings).toHaveLength(1);
    expect(seen.sent.map((each) => each.client)).toEqual(["URI:spiffe://workload", "", ""]);
  });

  test.each([
    ["missing", (path: string) => rmSync(path), "no such file or directory"],
    ["garbage", (path: string) => writeFileSync(path, "x\n"), "the file of the certificate chain contains no certificate"],
    [
      "broken",
      (path: string) => writeFileSync(path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
      "the first certificate of the chain cannot be parsed",
    ],
    [
      "broken after its first certificate",
      (path: string) => appendFileSync(path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
      "the chain contains something that is no certificate",
    ],
  ])("connects without a client certificate whose chain is %s", async (how, spoil, reason) => {
    const seen = await serve({ requestCert: true, rejectUnauthorized: false, ca: authority.root });
    const pair = await authority.workload("spiffe://workload");
    const client = { chain: fileOf(`chain ${how}.pem`, pair.chain), key: fileOf(`chain ${how}.key`, pair.key), origin: "PROV_CERT" };
    spoil(client.chain);
    warnings.splice(0);
    expect(await callOn(seen.port, { client })).toMatchObject(DONE);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toEndWith(reason);
    expect(seen.sent.map((each) => each.client)).toEqual([""]);
  });
});

type Pair = NonNullable<TlsPlan["client"]>;

describe("a compliance policy", () => {
  const FIPS = { policy: "fips-140-2" } as const;
  const NEWER = { policy: "fips-140-3" } as const;
  const PQC = { policy: "pqc" } as const;

  test.each([
    ["fips-140-2", {}],
    ["fips-140-2", { ecdhCurve: "X25519:P-384:P-256" }],
    ["fips-140-3", {}],
    ["fips-140-3", { ecdhCurve: "X25519:P-384" }],
    ["fips-140-3", { maxVersion: "TLSv1.2", ecdhCurve: "P-384" }],
    ["fips-140-3", { minVersion: "TLSv1.3", ecdhCurve: "P-256" }],
    ["pqc", {}],
  ] as const)("%s agrees on what it allows (%o)", async (policy, options) => {
    expect(await callOn((await serve(options)).port, { policy })).toMatchObject(DONE);
  });

  test.each([
    ["another curve", FIPS, { ecdhCurve: "X25519" }],
    ["a longer curve", FIPS, { ecdhCurve: "P-384" }],
    ["TLS 1.3", FIPS, { minVersion: "TLSv1.3" }],
    ["another cipher", FIPS, { ciphers: "ECDHE-ECDSA-CHACHA20-POLY1305", maxVersion: "TLSv1.2" }],
    ["another curve of 1.3", NEWER, { ecdhCurve: "X25519", minVersion: "TLSv1.3" }],
    ["another curve of 1.2", NEWER, { ecdhCurve: "X25519", maxVersion: "TLSv1.2" }],
    ["another cipher of 1.2", NEWER, { ciphers: "ECDHE-ECDSA-CHACHA20-POLY1305", maxVersion: "TLSv1.2" }],
    ["TLS 1.2", PQC, { maxVersion: "TLSv1.2" }],
    ["a curve of before", PQC, { ecdhCurve: "X25519" }],
  ] as const)("refuses a server with nothing but %s", async (_, tls, options) => {
    const message = expect.stringMatching(new RegExp(`accept.*COMPLIANCE_POLICY=${tls.policy} limits what is offered`));
    expect(await callOn((await serve(options)).port, tls)).toMatchObject({ code: CODE.UNAVAILABLE, message });
  });
});

import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createSecureServer, type ServerHttp2Stream } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { connectGrpc } from "../../../src/host/mesh/grpc-connection.ts";
import { CODE, type GrpcStatus } from "../../../src/mesh/grpc-status.ts";
import { AUTHORITY, type Issued, issue, keyOf, pemOf, serverOf } from "../../mesh/lab/chains.ts";

const NAME = "istiod.istio-system.svc";
const directory = mkdtempSync(join(tmpdir(), "chains-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const opened: (() => void)[] = [];

afterEach(() => {
  for (const close of opened.splice(0)) close();
});

/** What a server sends, the server's certificate first, and what the client trusts. */
interface Chain {
  readonly sent: readonly [Issued, ...Issued[]];
  readonly roots: readonly Issued[];
}

/** Makes a call to a server with a chain, and returns its end. */
async function callOn({ sent, roots }: Chain): Promise<GrpcStatus> {
  const server = createSecureServer({ key: await keyOf(sent[0]), cert: pemOf(...sent) });
  server.on("stream", (stream: ServerHttp2Stream) =>
    stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "0" }, { endStream: true }),
  );
  server.on("sessionError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push(() => server.close());
  const address = server.address();
  const path = join(directory, "root.pem");
  writeFileSync(path, pemOf(...roots));
  const endpoint = {
    host: "127.0.0.1",
    port: typeof address === "object" && address !== null ? address.port : 0,
    keepalive: { interval: 30_000, timeout: 10_000 },
    tls: { serverName: NAME, roots: { kind: "file", path }, policy: "" },
  } as const;
  const connection = connectGrpc(endpoint, () => {});
  opened.push(connection.close);
  return new Promise((resolve) => connection.open("/a/b", [], { message: () => {}, ended: resolve }));
}

const DONE = { code: CODE.OK };

function refused(reason: string): object {
  return { code: CODE.UNAVAILABLE, message: expect.stringContaining(reason) };
}

/** A certificate authority that may issue only for other names. */
function onlyFor(name: string): readonly x509.Extension[] {
  const tagged = (tag: number, content: Buffer) => Buffer.concat([Buffer.from([tag, content.length]), content]);
  const permitted = tagged(0x30, tagged(0xa0, tagged(0x30, tagged(0x82, Buffer.from(name)))));
  return [...AUTHORITY, new x509.Extension("2.5.29.30", true, permitted)];
}

const EXPIRED = -3_600_000;
const root = await issue({ subject: "CN=root" });
const intermediate = await issue({ subject: "CN=intermediate", issuer: root });
const leaf = await issue({ subject: "O=istiod", issuer: intermediate, extensions: serverOf(NAME) });

/** Returns a server's certificate and the authority above it, which is made in this way. */
async function below(made: Partial<Parameters<typeof issue>[0]>): Promise<readonly [Issued, Issued]> {
  const above = await issue({ subject: "CN=intermediate", issuer: root, ...made });
  return [await issue({ subject: "O=istiod", issuer: above, extensions: serverOf(NAME) }), above];
}

const other = await issue({ subject: "CN=other" });
const [ofNamesake] = await below({});
const [ofExpired, expired] = await below({ life: EXPIRED });
const [ofNoAuthority, noAuthority] = await below({ extensions: [new x509.BasicConstraintsExtension(false, undefined, true)] });
const [ofNoSigner, noSigner] = await below({
  extensions: [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
  ],
});
const [ofConstrained, constrained] = await below({ extensions: onlyFor("other.example") });
const [ofAllowed, allowed] = await below({ extensions: onlyFor("istio-system.svc") });
const neighbour = await issue({ subject: "O=istiod", issuer: intermediate, extensions: serverOf(NAME) });
const byServer = await issue({ subject: "O=below", issuer: leaf, extensions: serverOf(NAME) });
const ofClient = await issue({
  subject: "O=client",
  issuer: intermediate,
  extensions: serverOf(NAME, [x509.ExtendedKeyUsage.clientAuth]),
});
const old = await issue({ subject: "O=istiod", issuer: intermediate, extensions: serverOf(NAME), life: EXPIRED });
const longChain = await below({ extensions: [new x509.BasicConstraintsExtension(true, 0, true)] });
const under = await issue({ subject: "CN=under", issuer: longChain[1] });
const deep = await issue({ subject: "O=istiod", issuer: under, extensions: serverOf(NAME) });

describe("a trusted certificate that is not self-signed", () => {
  test.each<[string, Chain]>([
    ["an intermediate, which is sent", { sent: [leaf, intermediate], roots: [intermediate] }],
    ["an intermediate, which is not sent", { sent: [leaf], roots: [intermediate] }],
    ["an intermediate, and its root is sent", { sent: [leaf, intermediate, root], roots: [intermediate] }],
    ["an intermediate, beside another root", { sent: [leaf, intermediate], roots: [other, intermediate] }],
    ["the server's own", { sent: [leaf, intermediate], roots: [leaf] }],
    ["the root, as before", { sent: [leaf, intermediate], roots: [root] }],
  ])("%s", async (_, chain) => {
    expect(await callOn(chain)).toMatchObject(DONE);
  });

  test.each<[string, Chain, string]>([
    ["of the same name and another key", { sent: [ofNamesake], roots: [intermediate] }, "certificate signature failure"],
    ["that has expired", { sent: [ofExpired, expired], roots: [expired] }, "certificate has expired"],
    ["that is no authority", { sent: [ofNoAuthority, noAuthority], roots: [noAuthority] }, "unsupported certificate purpose"],
    ["that may not sign certificates", { sent: [ofNoSigner, noSigner], roots: [noSigner] }, "unable to get local issuer certificate"],
    ["for other names", { sent: [ofConstrained, constrained], roots: [constrained] }, "permitted subtree violation"],
    ["with a shorter path", { sent: [deep, under], roots: [longChain[1]] }, "path length constraint exceeded"],
    ["of another server", { sent: [neighbour, intermediate], roots: [leaf] }, "unable to get local issuer certificate"],
    ["of a server that has signed it", { sent: [byServer, leaf], roots: [leaf] }, "unsupported certificate purpose"],
    ["of a client", { sent: [ofClient], roots: [ofClient] }, "unsupported certificate purpose"],
    ["of the server, which has expired", { sent: [old], roots: [old] }, "certificate has expired"],
    ["of a root that is not sent", { sent: [leaf], roots: [root] }, "unable to get local issuer certificate"],
  ])("does not stand for one %s", async (_, chain, reason) => {
    expect(await callOn(chain)).toMatchObject(refused(reason));
  });

  test("may be limited to the name of the server", async () => {
    expect(await callOn({ sent: [ofAllowed, allowed], roots: [allowed] })).toMatchObject(DONE);
  });
});

const anyUsage = await issue({ subject: "O=istiod", issuer: root, extensions: serverOf(NAME, ["2.5.29.37.0"]) });
const [ofSameSubject, sameSubject] = await below({ subject: "CN=root" });
const [, oldAbove] = await below({ life: EXPIRED });
const renewed = await issue({ subject: "CN=intermediate", issuer: root, keys: oldAbove.keys });
const ofRenewed = await issue({ subject: "O=istiod", issuer: renewed, extensions: serverOf(NAME) });

// What Go accepts: RATIONALE.md, membership of a mesh, 28.
test.each<[string, Chain, string]>([
  ["for any use", { sent: [anyUsage], roots: [root] }, "unsupported certificate purpose"],
  [
    "of an intermediate with the subject of its root",
    { sent: [ofSameSubject, sameSubject], roots: [root] },
    "certificate signature failure",
  ],
  [
    "of an intermediate that was sent before it was renewed",
    { sent: [ofRenewed, oldAbove, renewed], roots: [root] },
    "certificate has expired",
  ],
])("a certificate %s is refused", async (_, chain, reason) => {
  expect(await callOn(chain)).toMatchObject(refused(reason));
});

test("a certificate of an intermediate that is sent before its older form is accepted", async () => {
  expect(await callOn({ sent: [ofRenewed, renewed, oldAbove], roots: [root] })).toMatchObject(DONE);
});

const SHA1 = { hash: "SHA-1" } as const;
const rsaRoot = await issue({ subject: "CN=root", kind: "rsa" });
const sha1Root = await issue({ subject: "CN=old root", kind: "rsa", ...SHA1 });
const oldForm = await issue({ subject: "CN=root of both", ...SHA1 });
const newForm = await issue({ subject: "CN=root of both", keys: oldForm.keys });
const ofBoth = await issue({ subject: "O=istiod", issuer: newForm, extensions: serverOf(NAME) });
const sha1Above = await issue({ subject: "CN=intermediate", issuer: rsaRoot, ...SHA1 });
const ofSha1Above = await issue({ subject: "O=istiod", issuer: sha1Above, extensions: serverOf(NAME) });
const sha1Leaf = await issue({ subject: "O=istiod", issuer: rsaRoot, extensions: serverOf(NAME), ...SHA1 });
const sha1EcLeaf = await issue({ subject: "O=istiod", issuer: root, extensions: serverOf(NAME), ...SHA1 });
const sha1Self = await issue({ subject: "O=istiod", extensions: serverOf(NAME), ...SHA1 });

describe("a certificate that is signed with SHA-1", () => {
  test.each<[string, Chain, string]>([
    [
      "of a server",
      { sent: [sha1Leaf], roots: [rsaRoot] },
      "the certificate O=istiod is signed with sha1WithRSAEncryption, which is insecure",
    ],
    [
      "of a server, with ECDSA",
      { sent: [sha1EcLeaf], roots: [root] },
      "the certificate O=istiod is signed with ecdsa-with-SHA1, which is insecure",
    ],
    [
      "of an intermediate",
      { sent: [ofSha1Above, sha1Above], roots: [rsaRoot] },
      "the certificate CN=intermediate is signed with sha1WithRSAEncryption, which is insecure",
    ],
    [
      "of an intermediate that is sent after others",
      { sent: [ofSha1Above, sha1Root, rsaRoot, sha1Above], roots: [rsaRoot] },
      "the certificate CN=intermediate is signed with sha1WithRSAEncryption, which is insecure",
    ],
  ])("%s is refused", async (_, chain, reason) => {
    expect(await callOn(chain)).toMatchObject(refused(reason));
  });

  test.each<[string, () => Promise<Issued>]>([
    ["signed by an unknown authority", async () => issue({ ...twin, issuer: other })],
    ["signed by itself", async () => issue({ subject: twin.subject, keys: twin.keys })],
  ])("is refused if the other form of an intermediate leads to nothing that is trusted: %s", async (_, form) => {
    const reason = "the certificate CN=intermediate is signed with sha1WithRSAEncryption, which is insecure";
    expect(await callOn({ sent: [ofSha1Above, sha1Above, await form()], roots: [rsaRoot] })).toMatchObject(refused(reason));
    // The runtime follows the first that is sent.
    expect(await callOn({ sent: [ofSha1Above, await form(), sha1Above], roots: [rsaRoot] })).toMatchObject({ code: CODE.UNAVAILABLE });
  });

  const twin = { subject: "CN=intermediate", issuer: rsaRoot, keys: sha1Above.keys } as const;
  test.each<[string, () => Promise<Chain>]>([
    ["before the other", async () => ({ sent: [ofSha1Above, sha1Above, await issue(twin)], roots: [rsaRoot] })],
    ["after the other", async () => ({ sent: [ofSha1Above, await issue(twin), sha1Above], roots: [rsaRoot] })],
  ])("is not used if the same intermediate is sent with another signature, %s", async (_, chain) => {
    expect(await callOn(await chain())).toMatchObject(DONE);
  });

  const bySha1Root = { subject: "O=istiod", issuer: sha1Root, extensions: serverOf(NAME) } as const;
  test.each<[string, () => Chain | Promise<Chain>]>([
    ["of a root", async () => ({ sent: [await issue(bySha1Root)], roots: [sha1Root] })],
    ["of a root that is sent", async () => ({ sent: [await issue(bySha1Root), sha1Root], roots: [sha1Root] })],
    ["of a trusted intermediate", () => ({ sent: [ofSha1Above, sha1Above, rsaRoot], roots: [sha1Above] })],
    ["of a trusted server", () => ({ sent: [sha1Leaf, rsaRoot], roots: [sha1Leaf] })],
    ["of a trusted server, by itself", () => ({ sent: [sha1Self], roots: [sha1Self] })],
    ["of a root that is sent, and trusted in another form", () => ({ sent: [ofBoth, oldForm], roots: [newForm] })],
    ["that does not belong to the chain", () => ({ sent: [leaf, sha1Root, intermediate], roots: [root] })],
  ])("%s is not verified", async (_, chainOf) => {
    expect(await callOn(await chainOf())).toMatchObject(DONE);
  });
});

import { describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { CODE } from "../../../src/mesh/grpc-status.ts";
import { pemBlocks } from "../../../src/mesh/pem.ts";
import type { Secret } from "../../../src/mesh/secret.ts";
import { createAuthority } from "../../mesh/lab/authority.ts";
import { startScriptedAuthority, withRoot } from "../../mesh/lab/scripted-authority.ts";
import { eventually } from "../../support/eventually.ts";
import { fakeClocks } from "./fake-clocks.ts";
import { caPlan, outcome, storeOf } from "./store-of.ts";

const authority = await createAuthority();
const other = await createAuthority("other");
const leaf = pemBlocks((await authority.workload("spiffe://cluster.local/ns/default/sa/other")).chain)[0]?.text ?? "";

function textOf(secret: Secret): string {
  return Buffer.from(secret.kind === "validation" ? secret.roots : secret.chain).toString();
}

describe("a store with a CA", () => {
  test("serves one certificate under every name, and its root", async () => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign" }]);
    using made = storeOf(caPlan(ca.port));
    const [certificate, root, any] = await Promise.all(["default", "ROOTCA", "kubernetes://other"].map(made.store.get));
    if (certificate === undefined || root === undefined || any === undefined) throw new Error("no secret");
    expect(ca.calls).toHaveLength(1);
    expect(any).toEqual(certificate);
    expect(pemBlocks(textOf(certificate))).toHaveLength(3);
    expect(textOf(root)).toBe(authority.root.trimEnd());
    const leaf = new X509Certificate(textOf(certificate));
    expect(leaf.subjectAltName).toBe("URI:spiffe://cluster.local/ns/default/sa/server");
    expect(made.store.reason()).toBeUndefined();
    expect(made.log).toEqual([
      expect.stringMatching(
        /^info Received the certificate of spiffe:\/\/cluster\.local\/ns\/default\/sa\/server: it expires at \S+Z, and is replaced at \S+Z$/,
      ),
    ]);
    expect(made.counts).toMatchObject({ outgoingRequests: 1, failedOutgoingRequests: 0, outgoingRetries: 0 });
    expect(made.counts.certificateExpiry).toBe(leaf.validToDate.getTime());
    expect(made.changes).toEqual(["ROOTCA"]);
  });

  test("warns of a certificate for another identity, and uses it", async () => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign" }]);
    using made = storeOf(caPlan(ca.port, { identity: "spiffe://cluster.local/ns/shop/sa/cart" }));
    const { kind } = await made.store.get("default");
    expect(kind).toBe("certificate");
    expect(made.log).toEqual([
      expect.stringMatching(
        /^warn Received the certificate of spiffe:\/\/cluster\.local\/ns\/default\/sa\/server, not of spiffe:\/\/cluster\.local\/ns\/shop\/sa\/cart as requested: it expires at \S+Z, and is replaced at \S+Z$/,
      ),
    ]);
  });

  test("has no reason why a proxy is not ready while its certificate is valid, though it cannot be replaced", async () => {
    const refused = { kind: "status", code: CODE.PERMISSION_DENIED, message: "no" } as const;
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign", seconds: 3_600 }, refused]);
    const clocks = fakeClocks();
    using made = storeOf(caPlan(ca.port), {}, { socket: "/nowhere", clocks });
    const { kind } = await made.store.get("default");
    clocks.pass(31 * 60_000);
    expect(await outcome(made.store.get("default"))).toContain("PermissionDenied");
    expect([kind, made.store.reason()]).toEqual(["certificate", undefined]);
  });

  test("counts its requests, and knows when the certificate expires", async () => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign", seconds: 3_600 }]);
    using made = storeOf(caPlan(ca.port));
    const before = Date.now();
    await made.store.get("default");
    expect(made.counts).toMatchObject({ outgoingRequests: 1, failedOutgoingRequests: 0, outgoingRetries: 0 });
    expect(made.counts.outgoingLatency).toBeGreaterThan(0);
    // A time in a certificate has whole seconds.
    expect((made.counts.certificateExpiry ?? 0) - before).toBeWithin(3_599_000, 3_700_000);
  });

  test("says why there is none yet, once, and tries again when it is asked again (recorded: sds/no_certificate_yet)", async () => {
    const refuse = { kind: "status", code: CODE.UNAUTHENTICATED, message: "request authenticate failure" } as const;
    await using ca = await startScriptedAuthority(authority, [refuse, refuse, { kind: "sign" }]);
    using made = storeOf(caPlan(ca.port));
    const cause =
      "failed to generate workload certificate: create certificate: rpc error: code = Unauthenticated desc = request authenticate failure";
    expect(await outcome(made.store.get("default"))).toBe(cause);
    expect(await outcome(made.store.get("ROOTCA"))).toBe(cause);
    const problem = `CA "127.0.0.1:${ca.port}": UNAUTHENTICATED: request authenticate failure`;
    expect(made.store.reason()).toBe(problem);
    expect(made.log).toEqual([`warn Cannot get a certificate, trying again: ${problem}`]);
    await made.store.get("default");
    expect(made.store.reason()).toBeUndefined();
    expect(made.counts).toMatchObject({ outgoingRequests: 3, failedOutgoingRequests: 2 });
    // Each failure makes a new connection.
    expect(new Set(ca.calls.map(({ peer }) => peer)).size).toBe(3);
  });

  test("sends a changed root, and replaces the certificate in time", async () => {
    await using ca = await startScriptedAuthority(authority, [
      { kind: "sign", seconds: 3_600 },
      { kind: "sign", edit: withRoot(other.root) },
    ]);
    const clocks = fakeClocks();
    using made = storeOf(caPlan(ca.port), {}, { socket: "/nowhere", clocks });
    await made.store.get("default");
    clocks.pass(29 * 60_000);
    expect(made.changes).toEqual(["ROOTCA"]);
    clocks.pass(2 * 60_000);
    expect(made.changes).toEqual(["ROOTCA", "default"]);
    expect(ca.calls).toHaveLength(1);
    await made.store.get("default");
    expect(made.changes).toEqual(["ROOTCA", "default", "ROOTCA"]);
    expect(textOf(await made.store.get("ROOTCA"))).toBe(other.root.trimEnd());
  });

  test("adds the trust bundle of the control plane, and gets another certificate", async () => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign" }]);
    using made = storeOf(caPlan(ca.port));
    await made.store.get("default");
    made.store.setBundle([other.root]);
    expect(made.changes).toEqual(["ROOTCA", "ROOTCA", "default"]);
    const roots = [authority.root, other.root].map((each) => each.trimEnd()).sort();
    expect(textOf(await made.store.get("ROOTCA"))).toBe(roots.join("\n"));
    expect(ca.calls).toHaveLength(2);
    made.store.setBundle([other.root]);
    expect(made.changes).toHaveLength(3);
  });

  test.each<[name: string, seconds: number, root: string | undefined, problem: RegExp]>([
    ["has expired", -60, undefined, /^CA "127.0.0.1:\d+": the issued certificate expired at \S+Z; the clock of this machine is at \S+Z$/],
    ["has a root that is not one", 60, leaf, /^CA "127.0.0.1:\d+": the last certificate of the CA is not one of a/],
    [
      "has a root of random bytes",
      60,
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
      /^CA "127.0.0.1:\d+": the last certificate of the CA is not one of a/,
    ],
    [
      "has no root",
      60,
      "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
      /^CA "127.0.0.1:\d+": the last certificate of the CA is not one of a/,
    ],
  ])("refuses a certificate that %s", async (_, seconds, root, problem) => {
    await using ca = await startScriptedAuthority(authority, [
      { kind: "sign", seconds, ...(root !== undefined && { edit: withRoot(root) }) },
    ]);
    using made = storeOf(caPlan(ca.port));
    expect(await outcome(made.store.get("default"))).toMatch(/^failed to generate workload certificate: the /);
    expect(made.store.reason()).toMatch(problem);
  });

  const BAD = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  test.each<[name: string, element: number, edit: (chain: readonly string[]) => readonly string[]]>([
    ["an intermediate that is no certificate", 2, ([leaf = "", , ...rest]) => [leaf, BAD, ...rest]],
    ["an intermediate that is no base64", 2, ([leaf = "", , ...rest]) => [leaf, BAD.replace("AAAA", "!!!!"), ...rest]],
    ["a leaf under another type", 1, ([leaf = "", ...rest]) => [leaf.replaceAll("CERTIFICATE", "FOO"), ...rest]],
    ["a root under another type", 3, (chain) => chain.with(-1, (chain.at(-1) ?? "").replaceAll("CERTIFICATE", "FOO"))],
    ["a key beside the intermediate", 2, (chain) => chain.with(1, `${chain[1]}${BAD.replaceAll("CERTIFICATE", "PRIVATE KEY")}`)],
    ["something after the root", 3, (chain) => chain.with(-1, `${chain.at(-1)}${BAD}`)],
  ])("refuses a chain with %s, which Envoy cannot load, and keeps the certificate in use", async (_, element, edit) => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign", seconds: 3_600 }, { kind: "sign", edit }, { kind: "sign" }]);
    const clocks = fakeClocks();
    using made = storeOf(caPlan(ca.port), {}, { socket: "/nowhere", clocks });
    await made.store.get("default");
    clocks.pass(31 * 60_000);
    const text = `element ${element} of the chain of the CA contains something that is no certificate`;
    expect(await outcome(made.store.get("default"))).toBe(`failed to generate workload certificate: ${text}`);
    expect(made.log.at(-1)).toBe(`warn Cannot get a certificate, trying again: CA "127.0.0.1:${ca.port}": ${text}`);
    expect((await made.store.get("default")).kind).toBe("certificate");
  });

  test("leaves out what is no certificate of a trust bundle, which Envoy would reject as a whole", async () => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign" }]);
    using made = storeOf(caPlan(ca.port));
    await made.store.get("default");
    made.store.setBundle([BAD, `${BAD}${other.root}`]);
    const roots = [authority.root, other.root].map((each) => each.trimEnd()).sort();
    expect(textOf(await made.store.get("ROOTCA"))).toBe(roots.join("\n"));
    expect(made.log).toContain("warn Ignored a part of the control plane's trust bundle that is no certificate");
  });

  test("without a CA there is only what is in files (recorded: sds/file_mounted_certs)", async () => {
    using made = storeOf(undefined);
    for (const name of ["default", "ROOTCA", "other"])
      expect(await outcome(made.store.get(name))).toBe(
        "failed to generate workload certificate: attempted to fetch secret, but ca client is nil",
      );
    expect(made.log).toEqual(["warn Cannot get a certificate: no certificate authority is configured"]);
  });

  test("ends those who wait when it is closed", async () => {
    await using ca = await startScriptedAuthority(authority, [{ kind: "hold" }]);
    using made = storeOf(caPlan(ca.port));
    const waiting = outcome(made.store.get("default"));
    await eventually(() => ca.calls[0]);
    made.store.close();
    expect(await waiting).toBe("failed to generate workload certificate: the agent is stopping");
    expect(await outcome(made.store.get("default"))).toBe("failed to generate workload certificate: the agent is stopping");
  });
});

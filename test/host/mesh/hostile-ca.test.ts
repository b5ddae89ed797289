import { describe, expect, test } from "bun:test";
import { CODE } from "../../../src/mesh/grpc-status.ts";
import { createAuthority } from "../../mesh/lab/authority.ts";
import { CERTIFICATE_RESPONSE } from "../../mesh/lab/messages.ts";
import { type Answer, startScriptedAuthority } from "../../mesh/lab/scripted-authority.ts";
import { caPlan, outcome, storeOf } from "./store-of.ts";

const authority = await createAuthority();
const FIRST = "failed to generate workload certificate: ";
const chainOf = (...chain: readonly string[]): Answer => ({ kind: "bytes", bytes: CERTIFICATE_RESPONSE.write({ cert_chain: chain }) });
const block = (bytes: Uint8Array) => `-----BEGIN CERTIFICATE-----\n${Buffer.from(bytes).toString("base64")}\n-----END CERTIFICATE-----\n`;

describe("a hostile CA: the agent goes on, and takes the next good answer", () => {
  test.concurrent.each<[name: string, bad: Answer, calls: number, cause: RegExp]>([
    [
      "an answer that is too large",
      { kind: "bytes", bytes: Buffer.alloc(1024 ** 2 + 1, 1) },
      1,
      /^create certificate: rpc error: code = ResourceExhausted desc = grpc: received message larger than max/,
    ],
    [
      "random bytes",
      { kind: "bytes", bytes: Buffer.from("07ff".repeat(1_000), "hex") },
      1,
      /^create certificate: rpc error: code = Internal desc = grpc: failed to unmarshal the received message: proto: invalid field number 0$/,
    ],
    ["ten thousand certificates", chainOf(...Array.from({ length: 10_000 }, () => "x")), 0, /failed to decode certificate$/],
    ["no certificate", chainOf(), 0, /^invalid empty CertChain$/],
    ["one certificate", chainOf(authority.root), 0, /^invalid empty CertChain$/],
    ["a certificate of random bytes", chainOf(block(Buffer.alloc(5_000, 48)), authority.root), 0, /failed to parse certificate$/],
    ["the certificate of another key", chainOf(authority.root, authority.root), 0, /does not belong to the key of the request$/],
    [
      "a status of its own",
      { kind: "status", code: 99, message: "\u0000\n\u{1f600} %zz" },
      0,
      /^create certificate: rpc error: code = Code\(99\)|^create certificate: rpc error: code = Unknown/,
    ],
  ])("%s", async (_, bad, retried, cause) => {
    const times = retried === 0 ? 1 : 5;
    await using ca = await startScriptedAuthority(authority, [...Array.from({ length: times }, () => bad), { kind: "sign" }]);
    using made = storeOf(caPlan(ca.port));
    const text = String(await outcome(made.store.get("default")));
    expect(text.startsWith(FIRST)).toBe(true);
    expect(text.slice(FIRST.length)).toMatch(cause);
    expect(ca.calls).toHaveLength(times);
    expect(made.log).toHaveLength(1);
    expect((await made.store.get("default")).kind).toBe("certificate");
  });

  test.concurrent.each([
    ["no element", chainOf()],
    ["1 element", chainOf("garbage")],
  ])("says that an answer has %s", async (count, answer) => {
    await using ca = await startScriptedAuthority(authority, [answer]);
    using made = storeOf(caPlan(ca.port));
    await outcome(made.store.get("default"));
    const problem = `CA "127.0.0.1:${ca.port}" has sent ${count}, where at least the certificate and its root are needed`;
    expect(made.log).toEqual([`warn Cannot get a certificate, trying again: ${problem}`]);
  });

  test.concurrent("an expired token is named", async () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const path = `/tmp/token-${crypto.randomUUID()}`;
    await Bun.write(path, `${part({})}.${part({ exp: 1_700_000_000 })}.secret`);
    await using ca = await startScriptedAuthority(authority, [{ kind: "status", code: CODE.UNAUTHENTICATED, message: "no" }]);
    using made = storeOf(caPlan(ca.port, { token: { kind: "file", path } }));
    await outcome(made.store.get("default"));
    expect(made.store.reason()).toBe(`CA "127.0.0.1:${ca.port}": UNAUTHENTICATED: no (token "${path}" expired at 2023-11-14T22:13:20Z)`);
    await Bun.file(path).delete();
    await outcome(made.store.get("default"));
    expect(made.store.reason()).toBe(`CA "127.0.0.1:${ca.port}": UNAUTHENTICATED: no (without token: "${path}" cannot be used)`);
    expect(made.log.join("\n")).not.toContain("secret");
  });

  test.concurrent("one that repeats the token is quoted without it", async () => {
    const path = `/tmp/token-${crypto.randomUUID()}`;
    await Bun.write(path, "an-opaque-token");
    const message = "no an-opaque-token, no opaque-header";
    await using ca = await startScriptedAuthority(authority, [{ kind: "status", code: CODE.PERMISSION_DENIED, message }]);
    using made = storeOf(caPlan(ca.port, { token: { kind: "file", path }, headers: [["x-password", "opaque-header"]] }));
    const text = String(await outcome(made.store.get("default")));
    await Bun.file(path).delete();
    expect(text).toEndWith("desc = no ***, no ***");
    expect(made.store.reason()).toBe(`CA "127.0.0.1:${ca.port}": PERMISSION_DENIED: no ***, no ***`);
  });

  test.concurrent("one that is away comes back (recorded: whole/ca_refused)", async () => {
    await using first = await startScriptedAuthority(authority, [{ kind: "sign" }]);
    const { port } = first;
    await first[Symbol.asyncDispose]();
    using made = storeOf(caPlan(port));
    const waiting = made.store.get("default");
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign" }], { port });
    expect((await waiting).kind).toBe("certificate");
    expect(ca.calls.length).toBe(1);
  });

  test.concurrent("nobody there", async () => {
    await using first = await startScriptedAuthority(authority, [{ kind: "sign" }]);
    const { port } = first;
    await first[Symbol.asyncDispose]();
    using made = storeOf(caPlan(port));
    const dial = `connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:${port}: connect: connection refused"`;
    expect(await outcome(made.store.get("default"))).toBe(`${FIRST}create certificate: rpc error: code = Unavailable desc = ${dial}`);
    expect(made.counts).toMatchObject({ outgoingRequests: 1, outgoingRetries: 4, failedOutgoingRequests: 1 });
    expect(made.store.reason()).toBe(`CA "127.0.0.1:${port}": UNAVAILABLE: ${dial}`);
  });
});

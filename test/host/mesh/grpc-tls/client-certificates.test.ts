import { describe, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { $ } from "bun";
import type { TlsPlan } from "../../../../src/mesh/mesh-plan.ts";
import { BROKEN, DONE, tlsLab } from "./tls-lab.ts";

const { authority, server, directory, warnings, fileOf, serve, callOn } = await tlsLab();

type Pair = NonNullable<TlsPlan["client"]>;

describe("a gRPC connection over TLS", () => {
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
    rmSync(client.key, { recursive: true, force: true });
    writeFileSync(client.key, pair.key);
    expect(await callOn(seen.port, { client })).toMatchObject(DONE);
    spoil(client);
    expect(await callOn(seen.port, { client })).toMatchObject(DONE);
    // It was good in the meantime.
    const [warning = ""] = warnings;
    expect(warnings).toEqual([warning, warning]);
    expect(seen.sent.map((each) => each.client)).toEqual(["URI:spiffe://workload", "", "", "URI:spiffe://workload", ""]);
  });

  test.each([
    ["a curve that TLS does not have", "-name secp224r1", "TLS has no keys of the curve secp224r1"],
    ["a curve that is not named", "-name prime256v1 -param_enc explicit", "the key of the certificate is of a kind that cannot be used"],
  ])("connects without a client certificate whose key is of %s", async (how, options, reason) => {
    const seen = await serve({ requestCert: true, rejectUnauthorized: false, ca: authority.root });
    const client = { chain: join(directory, `${how}.pem`), key: join(directory, `${how}.key`), origin: "PROV_CERT" };
    await $`openssl ecparam -genkey ${options.split(" ")} -noout -out ${client.key}`.quiet();
    await $`openssl req -x509 -key ${client.key} -subj /O=a -out ${client.chain}`.quiet();
    warnings.splice(0);
    expect(await callOn(seen.port, { client })).toMatchObject(DONE);
    expect(warnings).toEqual([`Cannot use client certificate "${client.chain}" (PROV_CERT), using the token instead: ${reason}`]);
  });

  test.each([
    ["missing", (path: string) => rmSync(path), "no such file or directory"],
    ["garbage", (path: string) => writeFileSync(path, "x\n"), "the file of the certificate chain contains no certificate"],
    ["broken", (path: string) => writeFileSync(path, BROKEN), "the first certificate of the chain cannot be parsed"],
    [
      "broken after its first certificate",
      (path: string) => appendFileSync(path, BROKEN),
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

  test.each<[string, (pair: { readonly chain: string; readonly key: string }) => Partial<typeof pair>]>([
    ["with another one after it that does not end", ({ chain }) => ({ chain: `${chain}${chain.slice(0, 100)}` })],
    ["with the beginning of another one before it", ({ chain }) => ({ chain: `${chain.slice(0, 28)}${chain}` })],
    ["with another one after it that is not base64", ({ chain }) => ({ chain: `${chain}${BROKEN.replace("AAAA", "!!!!")}` })],
    ["with a zero byte before it", ({ chain }) => ({ chain: `\0\n${chain}` })],
    ["whose key follows one that does not end", ({ key }) => ({ key: `${key.slice(0, 60)}\n${key}` })],
    ["whose key follows one that is not base64", ({ key }) => ({ key: `${key.replace(/\n.*/, "\n!!!!")}${key}` })],
  ])("sends a client certificate %s, as Go does", async (how, changed) => {
    const seen = await serve({ requestCert: true, rejectUnauthorized: false, ca: authority.root });
    const pair = await authority.workload("spiffe://workload");
    const { chain, key } = { ...pair, ...changed(pair) };
    const client = { chain: fileOf(`odd ${how}.pem`, chain), key: fileOf(`odd ${how}.key`, key), origin: "PROV_CERT" };
    expect(await callOn(seen.port, { client })).toMatchObject(DONE);
    expect(warnings).toEqual([]);
    expect(seen.sent.map((each) => each.client)).toEqual(["URI:spiffe://workload"]);
  });
});

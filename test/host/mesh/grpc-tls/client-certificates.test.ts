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

  test("connects without a client certificate whose key is of a curve that TLS does not have", async () => {
    const seen = await serve({ requestCert: true, rejectUnauthorized: false, ca: authority.root });
    const client = { chain: join(directory, "p224.pem"), key: join(directory, "p224.key"), origin: "PROV_CERT" };
    await $`openssl ecparam -genkey -name secp224r1 -noout -out ${client.key}`.quiet();
    await $`openssl req -x509 -key ${client.key} -subj /O=a -out ${client.chain}`.quiet();
    warnings.splice(0);
    expect(await callOn(seen.port, { client })).toMatchObject(DONE);
    expect(warnings).toEqual([
      `Cannot use client certificate "${client.chain}" (PROV_CERT), using the token instead: TLS has no keys of the curve secp224r1`,
    ]);
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
});

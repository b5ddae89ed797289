import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerCredentials } from "@grpc/grpc-js";
import { type CaClient, openCaClient } from "../../../src/host/mesh/ca-client.ts";
import { connectGrpc } from "../../../src/host/mesh/grpc-connection.ts";
import { startCounts } from "../../../src/mesh/counts.ts";
import { openWaits } from "../../../src/mesh/silence.ts";
import { type Authority, createAuthority } from "../../mesh/lab/authority.ts";
import { CERTIFICATE_RESPONSE } from "../../mesh/lab/messages.ts";
import { type ScriptedAuthority, startScriptedAuthority } from "../../mesh/lab/scripted-authority.ts";
import { caPlan, outcome } from "./store-of.ts";

const NAME = "istiod.istio-system.svc";
const CHAIN = ["leaf", "root"];
const [before, after] = await Promise.all([createAuthority("before"), createAuthority("after")]);

const directory = mkdtempSync(join(tmpdir(), "ca-roots-"));
const path = join(directory, "root-cert.pem");
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
const opened: (ScriptedAuthority | { readonly [Symbol.asyncDispose]: () => Promise<void> })[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each[Symbol.asyncDispose]();
});

/** Starts a CA whose own certificate is from an authority. */
async function start(authority: Authority, port = 0): Promise<ScriptedAuthority> {
  const { key, chain } = await authority.server([NAME]);
  const credentials = ServerCredentials.createSsl(null, [{ private_key: Buffer.from(key), cert_chain: Buffer.from(chain) }]);
  const bytes = CERTIFICATE_RESPONSE.write({ cert_chain: CHAIN });
  const ca = await startScriptedAuthority(authority, [{ kind: "bytes", bytes }], { port, credentials });
  opened.push(ca);
  return ca;
}

/** Opens a client that has got a certificate from a CA, which then starts again. */
async function openClient(restarted: Authority, change: () => void): Promise<{ readonly client: CaClient; readonly log: string[] }> {
  writeFileSync(path, before.root);
  const ca = await start(before);
  const { endpoint, ...plan } = caPlan(ca.port);
  const tls = { serverName: NAME, roots: { kind: "file", path }, policy: "" } as const;
  const log: string[] = [];
  const write = (_: string, text: string) => void log.push(text);
  const client = openCaClient(
    { ...plan, endpoint: { ...endpoint, tls } },
    {
      connect: (each) => connectGrpc(each, write),
      token: { read: async () => "token", close() {} },
      counts: startCounts(),
      waits: openWaits(),
    },
  );
  opened.push({ [Symbol.asyncDispose]: async () => client.close() });
  expect(await client.sign("request")).toEqual(CHAIN);
  change();
  await ca[Symbol.asyncDispose]();
  await start(restarted, ca.port);
  return { client, log };
}

describe("the connection to the CA keeps its root certificates until a call has failed for good (contract 1.30 §13b)", () => {
  test("the file is replaced before the certificate of the CA: its restart is not noticed", async () => {
    const { client } = await openClient(before, () => writeFileSync(path, after.root));
    expect(await client.sign("request")).toEqual(CHAIN);
  });

  test("the certificate of the CA is another when it starts again: one call fails, then the file is read again", async () => {
    const { client } = await openClient(after, () => writeFileSync(path, after.root));
    expect(await outcome(client.sign("request"))).toContain("unable to get local issuer certificate");
    expect(await client.sign("request")).toEqual(CHAIN);
  });

  test("the file is replaced after that failure: the next call reads it, as there was no connection since", async () => {
    const { client } = await openClient(after, () => {});
    expect(await outcome(client.sign("request"))).toContain("unable to get local issuer certificate");
    writeFileSync(path, after.root);
    expect(await client.sign("request")).toEqual(CHAIN);
  });

  test("the file is removed: nothing is noticed until a call has failed, and those read before stay in use", async () => {
    const { client, log } = await openClient(before, () => rmSync(path));
    expect(await client.sign("request")).toEqual(CHAIN);
    expect(log).toEqual([]);
    const [current] = opened.filter((each) => "port" in each).slice(-1);
    if (current === undefined || !("port" in current)) throw new Error("no CA");
    await current[Symbol.asyncDispose]();
    expect(await outcome(client.sign("request"))).toContain("connection refused");
    await start(before, current.port);
    expect(await client.sign("request")).toEqual(CHAIN);
    expect(log).toEqual([
      `Cannot use the root certificates now, using those read before: cannot read "${path}": no such file or directory`,
    ]);
  });
});

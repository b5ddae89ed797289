import { afterAll, describe, expect, jest, test } from "bun:test";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { begunAhead, keySource } from "../../../src/host/mesh/key-source.ts";
import type { CertificateRequest } from "../../../src/mesh/key-maker.ts";
import type { KeyPlan } from "../../../src/mesh/mesh-plan.ts";
import { eventually } from "../../support/eventually.ts";
import { BINARY, ROOT } from "../../support/subject.ts";

const identity = "spiffe://cluster.local/ns/default/sa/server";
const EC: KeyPlan = { kind: "ec", curve: "P-256", pkcs8: false };
const RSA: KeyPlan = { kind: "rsa", bits: 2_048, pkcs8: true };
const EXECUTABLE = BINARY.command[0] ?? "";
const ITSELF = "; the agent makes its keys itself from now on, which takes more memory";

const directory = mkdtempSync(join(tmpdir(), "attache-key-source-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let programs = 0;
/** Returns a program in the shell. */
function script(text: string): string {
  const path = join(directory, `program-${programs++}`);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

function notExecutable(): string {
  const path = script("");
  chmodSync(path, 0o644);
  return path;
}

/** Returns a source, and what it has logged. */
function open(program: string | undefined, key: KeyPlan = EC) {
  const log: string[] = [];
  return { log, source: keySource({ key, identity }, (level, text) => log.push(`${level} ${text}`), program) };
}

function expectRequest({ csr, key, publicKey }: CertificateRequest): void {
  const own = createPublicKey(createPrivateKey(key)).export({ type: "spki", format: "der" });
  expect(own.equals(publicKey)).toBe(true);
  const { stdout, stderr } = Bun.spawnSync(["openssl", "req", "-verify", "-noout", "-text"], { stdin: Buffer.from(csr) });
  expect(`${stdout}${stderr}`).toMatch(/verify OK|verify:ok/i);
  expect(`${stdout}`).toContain(`URI:${identity}\n`);
}

describe("a separate process", () => {
  test.each<[string, KeyPlan]>([
    ["RSA", RSA],
    ["RSA of an odd size", { kind: "rsa", bits: 2_049, pkcs8: false }],
    ["an elliptic curve", { kind: "ec", curve: "P-384", pkcs8: true }],
  ])("makes each key: %s", async (_, plan) => {
    const { log, source } = open(EXECUTABLE, plan);
    const [one, two] = [await source(), await source()];
    expectRequest(one);
    expectRequest(two);
    expect(one.key).not.toBe(two.key);
    expect(log).toEqual([]);
  });

  test.each([[[]], [["6", "RSA PRIVATE KEY", "x"]], [["20000", "RSA PRIVATE KEY", "x"]]])(
    "that cannot make one says nothing: %j",
    (args) => {
      const { exitCode, stdout, stderr } = Bun.spawnSync([EXECUTABLE, ...args], { argv0: "attache-key" });
      expect([exitCode, `${stdout}`, `${stderr}`]).toEqual([1, "", ""]);
    },
  );

  test("gets what is to be made and nothing else: no variable, no input, no descriptor of the agent", async () => {
    const seen = join(directory, "seen");
    const program = script(`{ echo "$# $*"; /usr/bin/env; /bin/cat; /bin/ls /proc/self/fd; } > ${seen} 2>&1`);
    process.env["SECRET_OF_THE_AGENT"] = "secret";
    await open(program, RSA).source();
    delete process.env["SECRET_OF_THE_AGENT"];
    const lines = readFileSync(seen, "utf8").trimEnd().split("\n");
    expect(lines[0]).toBe(`3 2048 PRIVATE KEY ${identity}`);
    // Without what the shell sets itself. Descriptor 3 is the socket that ends it with the agent, 4 is that of the list.
    expect(lines.slice(1).filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line))).toEqual(["0", "1", "2", "3", "4"]);
  });

  test("ends when the agent is killed", async () => {
    const started = join(directory, "started");
    const program = script(`echo $$ > ${started}.new; /bin/mv ${started}.new ${started}; exec /bin/sleep 1000`);
    const code = `
      const { keySource } = await import(${JSON.stringify(join(ROOT, "src/host/mesh/key-source.ts"))});
      await keySource({ key: ${JSON.stringify(EC)}, identity: "x" }, () => {}, ${JSON.stringify(program)})();`;
    const agent = Bun.spawn([process.execPath, "-e", code], { stdio: ["ignore", "ignore", "inherit"] });
    await eventually(() => existsSync(started) || undefined);
    const child = Number(readFileSync(started, "utf8"));
    await eventually(() => /^scm_fds:\s*1$/m.test(readFileSync(`/proc/${child}/fdinfo/3`, "utf8")) || undefined);
    agent.kill("SIGKILL");
    await agent.exited;
    await eventually(() => !existsSync(`/proc/${child}`) || /\) Z/.test(readFileSync(`/proc/${child}/stat`, "utf8")) || undefined);
  });
});

describe("the agent makes its keys itself, and logs it once", () => {
  test.each<[name: string, program: () => string, why: string]>([
    ["a program that is missing", () => join(directory, "missing"), "it cannot be started: no such file or directory"],
    ["one that cannot be executed", () => notExecutable(), "it cannot be started: permission denied"],
    ["one that fails", () => script("exit 3"), "it exited with status 3"],
    ["one that is killed", () => script("kill -KILL $$"), "it was killed by SIGKILL"],
    ["one that a filter of system calls kills", () => script("kill -SYS $$"), "it was killed by SIGSYS"],
    ["one that writes nothing", () => script(""), "it wrote something else"],
    ["one that writes another text", () => script("echo yes"), "it wrote something else"],
    ["one that writes and fails", () => script("echo yes; exit 1"), "it exited with status 1"],
    ["one that writes for ever", () => script("exec /usr/bin/yes"), "it wrote more than 65536 bytes"],
  ])("%s", async (_, program, why) => {
    const { log, source } = open(program());
    expectRequest(await source());
    expectRequest(await source());
    expect(log).toEqual([`warn Cannot make a private key in a separate process: ${why}${ITSELF}`]);
  });

  test("one that takes too long is killed", async () => {
    const started = join(directory, "is-late");
    const program = script(`echo $$ > ${started}.new; /bin/mv ${started}.new ${started}; exec /bin/sleep 1000`);
    const { log, source } = open(program, RSA);
    jest.useFakeTimers();
    const request = source();
    jest.advanceTimersByTime(29_999);
    // Not `eventually`, whose pauses the fake timers would hold.
    while (!existsSync(started)) await Bun.file(directory).exists();
    expect(existsSync(`/proc/${readFileSync(started, "utf8").trim()}`)).toBe(true);
    jest.advanceTimersByTime(1);
    jest.useRealTimers();
    expectRequest(await request);
    expect(log).toEqual([`warn Cannot make a private key in a separate process: it took more than 30 s${ITSELF}`]);
  });

  test("without a program, as when run from source, nothing is logged", async () => {
    const { log, source } = open(undefined);
    expectRequest(await source());
    expect(log).toEqual([]);
  });
});

test("a plan without a key says why", async () => {
  await expect(open(EXECUTABLE, { kind: "none", problem: "too short" }).source()).rejects.toThrow("too short");
});

describe("a key that is begun ahead", () => {
  test("is the first one", async () => {
    let count = 0;
    const source = begunAhead(async () => ({ csr: String(count++), key: "", publicKey: new Uint8Array() }));
    expect(count).toBe(1);
    expect([(await source()).csr, (await source()).csr, (await source()).csr]).toEqual(["0", "1", "2"]);
  });

  test("fails where it is used", async () => {
    const source = begunAhead(() => Promise.reject(new Error("no")));
    await expect(source()).rejects.toThrow("no");
  });
});

import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Decoded } from "../../../../src/mesh/protobuf.ts";
import type { SECRET } from "../../../../src/mesh/secret-message.ts";
import { closeSds, openSds, serveSds } from "../sds-lab.ts";
import { authority, changes, closeAll, newDirectory, ONE, open, other, replace, TWO, write } from "./stores.ts";

afterEach(() => {
  closeSds();
  closeAll();
});

const KNOWN: readonly (readonly [name: string, content: string])[] = [
  ["one", ONE.chain],
  ["two", TWO.chain],
  ["root", authority.root],
  ["other root", other.root],
];

/** Returns which of the contents a secret has. */
function textOf({ tlsCertificate, validationContext }: Decoded<typeof SECRET>): string {
  const bytes = (tlsCertificate?.certificateChain ?? validationContext?.trustedCa)?.inlineBytes;
  const text = Buffer.concat(bytes === undefined ? [] : [bytes].flat())
    .toString()
    .trim();
  return KNOWN.find(([, content]) => content.trim() === text)?.[0] ?? text;
}

/** Serves the files of a directory, with a stream that is subscribed to secrets of them. */
async function subscribed(names: readonly string[], files?: ReturnType<typeof write>) {
  const made = open(files && { files });
  const { client } = await serveSds(made.store);
  const stream = () => {
    const opened = openSds(client, { textOf });
    opened.send({ resourceNames: names });
    return opened;
  };
  const first = stream();
  await first.next(1);
  return { made, first, stream };
}

/** Publishes a directory of a volume, and removes the one before, as the kubelet does. */
function publish(mount: string, [before, now]: readonly [before: string, now: string], root: string): void {
  mkdirSync(join(mount, now));
  writeFileSync(join(mount, now, "root-cert.pem"), root);
  symlinkSync(now, join(mount, "..data_tmp"));
  renameSync(join(mount, "..data_tmp"), join(mount, "..data"));
  rmSync(join(mount, before), { recursive: true, force: true });
}

describe("a change that another stream has read before it was noticed is sent to who is subscribed", () => {
  const isImplicit = [true, false];
  test.each(isImplicit)("a root certificate, at its usual place: %p", async (usual) => {
    const files = write(newDirectory());
    const { first, stream } = await subscribed([usual ? "ROOTCA" : `file-root:${files.root}`], usual ? files : undefined);
    replace(files.root, other.root);
    const second = stream();
    expect(await second.next(1)).toEqual(["other root"]);
    expect(await first.next(2)).toEqual(["root", "other root"]);
    // Neither gets it twice: the next is the next change.
    replace(files.root, authority.root);
    expect(await first.next(3)).toEqual(["root", "other root", "root"]);
    expect(await second.next(2)).toEqual(["other root", "root"]);
  });

  test.each(isImplicit)("a certificate and its key, at their usual places: %p", async (usual) => {
    const files = write(newDirectory());
    const { first, stream } = await subscribed([usual ? "default" : `file-cert:${files.chain}~${files.key}`], usual ? files : undefined);
    replace(files.key, TWO.key);
    replace(files.chain, TWO.chain);
    const second = stream();
    expect(await second.next(1)).toEqual(["two"]);
    expect(await first.next(2)).toEqual(["one", "two"]);
    replace(files.key, ONE.key);
    replace(files.chain, ONE.chain);
    expect(await first.next(3)).toEqual(["one", "two", "one"]);
    expect(await second.next(2)).toEqual(["two", "one"]);
  });

  test("what the kubelet publishes", async () => {
    const mount = newDirectory();
    publish(mount, ["none", "..one"], authority.root);
    symlinkSync("..data/root-cert.pem", join(mount, "root-cert.pem"));
    const { first, stream } = await subscribed([`file-root:${mount}/root-cert.pem`]);
    publish(mount, ["..one", "..two"], other.root);
    expect(await stream().next(1)).toEqual(["other root"]);
    expect(await first.next(2)).toEqual(["root", "other root"]);
  });

  test("to a stream that requests it again itself, once", async () => {
    const { root } = write(newDirectory());
    const name = `file-root:${root}`;
    const { first, stream } = await subscribed([name]);
    const second = stream();
    await second.next(1);
    replace(root, other.root);
    second.send({ resourceNames: [name] });
    expect(await second.next(2)).toEqual(["root", "other root"]);
    expect(await first.next(2)).toEqual(["root", "other root"]);
    replace(root, authority.root);
    for (const each of [first, second]) expect(await each.next(3)).toEqual(["root", "other root", "root"]);
  });

  test("each of two secrets", async () => {
    const files = write(newDirectory());
    const { first, made } = await subscribed(["default", "ROOTCA"], files);
    replace(files.key, TWO.key);
    replace(files.chain, TWO.chain);
    replace(files.root, other.root);
    await made.store.get("default");
    expect([...(await first.next(3))].sort()).toEqual(["one+root", "other root", "two"]);
  });
});

test("whenever a file is replaced while streams come, each has its content in the end, and none twice", async () => {
  const { root } = write(newDirectory());
  const { first, stream } = await subscribed([`file-root:${root}`]);
  const streams = [first];
  const turns = async (count: number) => {
    for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const rounds = 60;
  for (let round = 2; round <= rounds; round++) {
    const opened = stream();
    streams.push(opened);
    await turns(round % 7);
    replace(root, authority.root.repeat(round));
    await turns(round % 5);
    if (round % 10 === 9) await opened.next(1);
  }
  const last = authority.root.repeat(rounds).trim();
  for (const each of streams) while (each.got.at(-1) !== last) await each.next(each.got.length + 1);
  const repeated = streams.flatMap(({ got }) => got.filter((text, index) => got.indexOf(text) < index));
  expect(repeated).toEqual([]);
});

test("a file that was gone while a stream waits for it is sent once when it is back", async () => {
  const { root } = write(newDirectory());
  const { first, made } = await subscribed([`file-root:${root}`]);
  unlinkSync(root);
  await changes(made, 1);
  writeFileSync(root, authority.root);
  expect(await first.next(2)).toEqual(["root", "root"]);
  await changes(made, 2);
  replace(root, other.root);
  expect(await first.next(3)).toEqual(["root", "root", "other root"]);
});

import { describe, expect, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pemBlocks, pemText } from "../../../../src/mesh/pem.ts";
import { BROKEN, DONE, NAME, refused, tlsLab } from "./tls-lab.ts";

const { authority, stranger, directory, warnings, fileOf, serve, callOn } = await tlsLab();

describe("a gRPC connection over TLS", () => {
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
    const garbage = { kind: "file", path: fileOf("garbage", BROKEN) } as const;
    expect(await callOn(port, { roots: garbage })).toMatchObject(refused(`"${garbage.path}" contains no certificate that can be parsed`));
  });

  test.each([
    ["emptied", (path: string) => writeFileSync(path, ""), (path: string) => `"${path}" contains no certificate`],
    ...(
      [
        ["begun with a byte order mark", (root: string) => `\ufeff${root}`],
        ["indented", (root: string) => root.replaceAll(/^/gm, "  ")],
        ["written with line ends of old Macs", (root: string) => root.replaceAll("\n", "\r")],
        ["replaced by a comment", () => "# -----BEGIN CERTIFICATE-----\n"],
      ] as const
    ).map(
      ([how, changed]) =>
        [
          how,
          (path: string) => writeFileSync(path, changed(authority.root)),
          (path: string) => `"${path}" contains no certificate`,
        ] as const,
    ),
    ["removed", (path: string) => rmSync(path), (path: string) => `cannot read "${path}": no such file or directory`],
    [
      "cut",
      (path: string) => writeFileSync(path, authority.root.slice(0, 200)),
      (path: string) => `"${path}" contains no certificate that can be parsed`,
    ],
    ["broken", (path: string) => writeFileSync(path, BROKEN), (path: string) => `"${path}" contains no certificate that can be parsed`],
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
    ["before it", (bad: string) => `${bad}${authority.root}`],
    ["after it", (bad: string) => `${authority.root}${bad}`],
    ["between another one and it", (bad: string) => `${stranger.root}${bad}${authority.root}`],
  ])("uses the good root of a file with a bad one %s", async (where, textOf) => {
    const { port } = await serve();
    const der = pemBlocks(stranger.root)[0]?.bytes ?? expect.unreachable();
    const [, ...content] = stranger.root.trim().split("\n");
    const bad: Readonly<Record<string, string>> = {
      broken: BROKEN,
      "that does not end": stranger.root.slice(0, 200),
      "only begun": BROKEN.slice(0, BROKEN.indexOf("AAAA")),
      empty: BROKEN.replace("AAAA\n", ""),
      "that is not base64": BROKEN.replace("AAAA", "!!!!"),
      "with another byte after it": pemText("CERTIFICATE", Buffer.concat([der, Buffer.from([0])])),
      "that ends as another one": stranger.root.replace("END CERTIFICATE", "END X509 CERTIFICATE"),
      "with headers": ["-----BEGIN CERTIFICATE-----", "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC,00", "", ...content, ""].join("\n"),
      "with a zero byte": stranger.root.replace("\n", "\n\0\n"),
    };
    const outcomes = await Promise.all(
      Object.entries(bad).map(async ([how, text]) => {
        const roots = { kind: "file", path: fileOf(`mixed ${where} ${how}`, textOf(`${text}\n`)) } as const;
        return [how, await callOn(port, { roots })];
      }),
    );
    expect(Object.fromEntries(outcomes)).toMatchObject(Object.fromEntries(Object.keys(bad).map((how) => [how, DONE])));
  });

  test("uses the good root certificates of the system, also after one that cannot be parsed", async () => {
    const { port } = await serve();
    const files = ["a", "b", "c"].map((name, index) => fileOf(`system-${name}.pem`, [stranger.root, BROKEN, authority.root][index] ?? ""));
    const one = fileOf("system.pem", [stranger.root, BROKEN, authority.root].join(""));
    const folder = join(directory, "system");
    mkdirSync(folder);
    for (const file of files) renameSync(file, join(folder, basename(file)));
    expect(await callOn(port, { roots: { kind: "system", files: [one], directories: [] } })).toMatchObject(DONE);
    expect(await callOn(port, { roots: { kind: "system", files: [], directories: [folder] } })).toMatchObject(DONE);
  });
});

import { describe, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
    ["before", (bad: string) => `${bad}${authority.root}`],
    ["after", (bad: string) => `${authority.root}${bad}`],
    ["that does not end, after", (bad: string) => `${authority.root}${bad.slice(0, 40)}`],
  ])("uses the good root of a file with a bad one %s it", async (where, textOf) => {
    const { port } = await serve();
    const text = textOf(BROKEN);
    const roots = { kind: "file", path: fileOf(`mixed ${where}`, text) } as const;
    expect(await callOn(port, { roots })).toMatchObject(DONE);
  });
});

import { describe, expect, test } from "bun:test";
import { about, aboutText } from "../../src/commands/about.ts";
import { helpText } from "../../src/commands/help.ts";
import { version, versionText } from "../../src/commands/version.ts";
import { profiles } from "../../src/profiles/choose.ts";
import { commandOf } from "../support/command-of.ts";
import { SOURCE } from "../support/subject.ts";

const BUILD = { version: "1.2.3", commit: "abc1234", date: "2026-11-25T00:00:00.000Z", bun: "1.4.5" };

test("about prints everything about attache itself", () => {
  expect(aboutText(BUILD, ["istio-1.6", "istio-1.28", "istio-1.29", "istio-1.30", "istio-1.31"])).toBe(
    [
      "attache: starts Envoy from a container's environment and supervises it",
      "  Version   1.2.3",
      "  Commit    abc1234",
      "  Date      2026-11-25T00:00:00.000Z",
      "  Runtime   Bun 1.4.5",
      "  Profiles  istio-1.6, istio-1.28, istio-1.29, istio-1.30, istio-1.31",
      "  Licence   Apache-2.0",
      "",
    ].join("\n"),
  );
});

test("about and version use only the build and standard output", async () => {
  const printed: (string | Uint8Array)[] = [];
  const host = { build: BUILD, print: (text: string | Uint8Array) => void printed.push(text) };
  expect(await about(commandOf(["about"]), host)).toBe(0);
  expect(await version(commandOf(["version", "--short", "--profile=istio-1.6"]), host)).toBe(0);
  expect(printed).toEqual([aboutText(BUILD, ["istio-1.6", "istio-1.28", "istio-1.29", "istio-1.30", "istio-1.31"]), "1.6.0\n"]);
});

test("about runs, and has no flags", async () => {
  const run = async (args: readonly string[]) => {
    const child = Bun.spawn([...SOURCE.command, ...args], { env: {}, stdio: ["ignore", "pipe", "pipe"] });
    return { out: await child.stdout.text(), status: await child.exited };
  };
  const about = await run(["about"]);
  expect(about.status).toBe(0);
  expect(about.out).toContain(`Runtime   Bun ${Bun.version}\n`);
  expect((await run(["about", "--short"])).status).toBe(255);
});

test.each(["--version", "-v"])("%s prints one line above the help", async (word) => {
  const run = async (args: readonly string[]) => {
    const child = Bun.spawn([...SOURCE.command, ...args], { env: {}, stdio: ["ignore", "pipe", "pipe"] });
    return { out: await child.stdout.text(), err: await child.stderr.text(), status: await child.exited };
  };
  const [help, version] = [await run(["--profile", "istio-1.6", "--help"]), await run(["--profile", "istio-1.6", word])];
  expect(version).toEqual({ out: `attache 0.0.0-source (profile istio-1.6)\n\n${help.out}`, err: "", status: 0 });
});

describe.each(profiles().map((profile) => [profile.name, profile] as const))("%s", (name, profile) => {
  test("help lists about", () => {
    expect(helpText("attache", undefined, profile)).toMatch(/^ {2}about /m);
  });

  test.each([[[]], [["-o", "json"]], [["-o", "yaml"]]])("version %p has attache's version and commit as its tag", (args) => {
    const call = commandOf(["--profile", name, "version", ...args]);
    expect(versionText(call, BUILD)).toMatch(/(GitTag:|"tag": |tag: )"?attache 1\.2\.3 \(abc1234\)"?/);
  });
});

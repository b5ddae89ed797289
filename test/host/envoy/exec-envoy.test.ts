import { describe, expect, test } from "bun:test";
import { chmodSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { argumentsOf, type EnvoyOption } from "../../../src/envoy/options.ts";
import { fixture, IS_ROOT, newPlace, type Place } from "../../scenarios/support.ts";

const BECOMES = { name: "becomes", command: [process.execPath, join(import.meta.dir, "../fixtures/becomes.ts")] };
const NO_CHANGES = { set: {}, unset: [] };
/** Runs a program in an environment of exactly these bytes, one per character. */
const EXACT = ["PATH=/usr/bin:/bin", "BAD=\xff\xfe\xc3(", "EMPTY=", "WEIRD-NAME.x=x=y\nz", "OLD=old", "GONE=1", "=odd=1"];
const IN_EXACT = [
  "sh",
  "-c",
  `exec env -i PATH=/usr/bin:/bin "BAD=$(printf '\\377\\376\\303(')" EMPTY= 'WEIRD-NAME.x=x=y\nz' OLD=old GONE=1 =odd=1 "$@"`,
  "sh",
];

interface Wanted {
  readonly binary?: string;
  readonly options?: readonly EnvoyOption[];
  readonly environment?: { readonly set: Readonly<Record<string, string>>; readonly unset: readonly string[] };
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** Execs a program. Returns the process id before, the exit status, and what the program prints about itself. */
async function become(place: Place, wanted: Wanted, env: Readonly<Record<string, string>> = {}, wrap: readonly string[] = []) {
  const launch = { binary: fixture("shows-itself"), binaryOrigin: "set by --envoy-path", options: [], environment: NO_CHANGES, ...wanted };
  const running = place.start(BECOMES, [JSON.stringify(launch)], { env, wrap });
  const ended = await running.ended;
  const lines = place.has("shown") ? place.read("shown").trim().split("\n") : [];
  const shown = Object.fromEntries(lines.map((line) => line.split(":\t")));
  return { pid: running.pid, ended, shown };
}

describe("execEnvoy", () => {
  test("keeps the process id and leaves nothing of the agent: signals, descriptors, threads", async () => {
    using place = newPlace();
    const { pid, ended, shown } = await become(place, {}, {}, ["sh", "-c", 'exec 7</dev/null; exec "$@"', "sh"]);
    expect(ended).toMatchObject({ status: 0, stderr: "" });
    const none = "0000000000000000";
    expect(shown).toMatchObject({
      Pid: String(pid),
      Threads: "1",
      Death: "0",
      SigBlk: none,
      SigIgn: none,
      SigCgt: none,
      SigPnd: none,
      ShdPnd: none,
    });
    const descriptors = Object.entries(shown).filter(([name]) => name.startsWith("Descriptor"));
    expect(descriptors.map(([name]) => name)).toEqual(["Descriptor 0", "Descriptor 1", "Descriptor 2"]);
    expect(shown["Descriptor 0"]).toBe("blocking /dev/null");
    for (const [, text] of descriptors) expect(text).toStartWith("blocking ");
  });

  test("raises the soft limit of open files to the hard one", async () => {
    using place = newPlace();
    const { shown } = await become(place, {}, {}, ["sh", "-c", 'ulimit -Sn 300; ulimit -Hn 900; exec "$@"', "sh"]);
    expect(shown["Files"]).toBe("900 900");
  });

  test("a parent-death signal that was set before the agent started is kept", async () => {
    using place = newPlace();
    const { shown } = await become(place, {}, {}, ["setpriv", "--pdeathsig", "TERM"]);
    expect(shown["Death"]).toBe("15");
  });

  test.each([
    ["as it is", NO_CHANGES, EXACT],
    [
      "with the changes of the launch",
      { set: { NEW: "ñ=1", OLD: "new" }, unset: ["GONE"] },
      [...EXACT.slice(0, 4), "=odd=1", "NEW=\xc3\xb1=1", "OLD=new"],
    ],
  ])("passes arguments, and the environment byte for byte %s", async (_, environment, seen) => {
    using place = newPlace();
    const options = [{ name: "", value: "--x" }, { name: "ü \n\"'" }, { name: "😀" }];
    await become(place, { options, environment }, {}, IN_EXACT);
    expect(place.read("shown.cmdline").split("\0").slice(1)).toEqual([...argumentsOf(options), ""]);
    expect(readFileSync(place.path("shown.environ"), "latin1")).toBe(seen.map((entry) => `${entry}\0`).join(""));
  });

  test("finds the program in the PATH of the launch", async () => {
    using place = newPlace();
    const program = fixture("shows-itself");
    const { ended, shown } = await become(place, {
      binary: basename(program),
      environment: { set: { PATH: `/none:${dirname(program)}` }, unset: [] },
    });
    expect([ended.status, shown["Descriptor 0"]]).toEqual([0, "blocking /dev/null"]);
    expect(place.read("shown.cmdline").split("\0")[0]).toBe(basename(program));
  });

  // Only root can change the user of a program.
  test.skipIf(!IS_ROOT)("takes the user of the launch, without other groups", async () => {
    using place = newPlace();
    chmodSync(place.directory, 0o777);
    const program = place.path("shows");
    expect(Bun.spawnSync(["cp", fixture("shows-itself"), program]).exitCode).toBe(0);
    const { shown } = await become(place, { binary: program, user: { uid: 1337, gid: 1338 } });
    expect([shown["Uid"], shown["Gid"], shown["Groups"]?.trim()]).toEqual(["1337\t1337\t1337\t1337", "1338\t1338\t1338\t1338", ""]);
  });

  test.each([
    ["is missing", "./none", 127, "no such file or directory"],
    ["is missing in PATH", "no-such-envoy", 127, "searched on PATH"],
    ["is not executable", "./plain", 126, "permission denied"],
    ["is a directory", "./var", 126, "it is a directory"],
    ["is a script without its interpreter", "./orphan", 126, "interpreter"],
    ["is not a program", "./garbage", 126, "it is a text file without #!"],
    // The kernel would end the path at the byte, and start another program.
    ["has a NUL byte", "/bin/true\0x", 126, "invalid argument: a NUL byte is not allowed"],
  ])("a program that %s is refused with the message of a start", async (_, binary, status, reason) => {
    using place = newPlace();
    place.write("plain", "#!/bin/sh\n");
    place.write("orphan", "#!/no/such/interpreter\n", 0o755);
    place.write("garbage", "no program\n", 0o755);
    const { ended } = await become(place, { binary });
    expect(ended.status).toBe(status);
    expect(ended.stderr).toContain(`Cannot start Envoy "${binary}"`);
    expect(ended.stderr).toContain(reason);
  });

  test("an option with a NUL byte is refused, not cut", async () => {
    using place = newPlace();
    const { ended, shown } = await become(place, { options: [{ name: "--service-cluster", value: "a\0b" }] });
    expect([ended.status, shown]).toEqual([126, {}]);
    expect(ended.stderr).toContain("invalid argument: a NUL byte is not allowed");
  });
});

import { describe, expect, test } from "bun:test";
import { SUBJECTS, type Subject } from "../support/subject.ts";
import { type Ended, fixture, IS_ROOT, newPlace, OFFLINE, type Place, textsOf } from "./support.ts";

const DEFAULT = "/usr/local/bin/envoy";
/** Runs a program with an empty /usr/local/bin, or with an Envoy in it. */
const wrapWith = (setUp: string) => [
  ...(IS_ROOT ? ["unshare", "-m"] : ["unshare", "-rm"]),
  "sh",
  "-c",
  `mount -t tmpfs none /usr/local/bin && ${setUp} && exec "$@"`,
  "sh",
];
const ENVOY = fixture("records-its-start");
const EMPTY = wrapWith(":");
const INSTALLED = wrapWith(`cp ${ENVOY} ${DEFAULT}`);

interface Choice {
  readonly what: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly binaryPath?: string;
  readonly installed?: boolean;
  /** Whether `envoy` is on PATH. */
  readonly onPath?: boolean;
  readonly path: string;
  readonly origin: string;
}

/** `./bin/envoy` is the Envoy on PATH, `./named` another one. */
const CHOICES: readonly Choice[] = [
  { what: "--envoy-path", args: ["--envoy-path", "./named"], binaryPath: "./none", path: "./named", origin: "set by --envoy-path" },
  {
    what: "ATTACHE_ENVOY_PATH",
    env: { ATTACHE_ENVOY_PATH: "./named" },
    binaryPath: "./none",
    path: "./named",
    origin: "set by ATTACHE_ENVOY_PATH",
  },
  {
    what: "the flag takes precedence over the variable",
    args: ["--envoy-path=./named"],
    env: { ATTACHE_ENVOY_PATH: "./none" },
    path: "./named",
    origin: "set by --envoy-path",
  },
  {
    what: "an empty switch is not set",
    args: ["--envoy-path="],
    onPath: true,
    path: "BIN/envoy",
    origin: `found on PATH; the default "${DEFAULT}" does not exist`,
  },
  { what: "binaryPath", binaryPath: "./named", onPath: true, path: "./named", origin: "set by binaryPath in PROXY_CONFIG" },
  {
    what: "a name that is searched on PATH",
    args: ["--envoy-path", "envoy"],
    onPath: true,
    path: "envoy",
    origin: "set by --envoy-path",
  },
  { what: "the default before PATH", installed: true, onPath: true, path: DEFAULT, origin: "default" },
  {
    what: "envoy on PATH if the default does not exist",
    onPath: true,
    path: "BIN/envoy",
    origin: `found on PATH; the default "${DEFAULT}" does not exist`,
  },
];

const FAILURES = [
  ["no Envoy anywhere", {}, `"${DEFAULT}": no such file or directory (default; envoy is not on PATH either)`],
  [
    "a binaryPath that is set to the default",
    { binaryPath: DEFAULT },
    `"${DEFAULT}": no such file or directory (set by binaryPath in PROXY_CONFIG)`,
  ],
  ["a binaryPath that does not exist", { binaryPath: "./none" }, '"./none": no such file or directory (set by binaryPath in PROXY_CONFIG)'],
] as const;

describe.each([...SUBJECTS])("which Envoy $name starts", (subject) => {
  test.each(CHOICES)("$what", async (choice) => {
    using place = placeOf();
    const path = choice.path.replace("BIN", place.path("bin"));
    const { status, stderr } = await run(subject, place, ["proxy", ...(choice.args ?? [])], choice);
    expect([stderr, status]).toEqual([expect.any(String), 0]);
    const command = textsOf("info", stderr).find((text) => text.startsWith("Envoy command: "));
    expect(command).toStartWith(`Envoy command: ${path} (${choice.origin}) [-c etc/`);
    expect(place.has("seen.config")).toBe(true);
    const { stdout } = await run(subject, place, ["render", "--format", "launch", ...(choice.args ?? [])], choice);
    expect(JSON.parse(stdout)).toMatchObject({ epoch: { binary: path, binaryOrigin: choice.origin } });
  });

  test.each(FAILURES)("%s exits with 127 and reports what was searched", async (_, choice, reason) => {
    using place = placeOf();
    const { status, stderr } = await run(subject, place, ["proxy"], choice);
    expect([status, textsOf("error", stderr)]).toEqual([
      127,
      [`Cannot start Envoy ${reason}; set another path with --envoy-path (ATTACHE_ENVOY_PATH)`],
    ]);
  });

  test("explain: PATH decides it only if the default does not exist", async () => {
    using place = placeOf();
    const args = ["explain", "envoy.binary", "--all"];
    const { stdout } = await run(subject, place, args, { onPath: true });
    const found = place.path("bin/envoy");
    expect(stdout).toContain(
      `envoy.binary: "${found}"\n  PATH = "${place.path("bin")}:/usr/bin:/bin"\n    without it: "/usr/local/bin/envoy"\n`,
    );
    const other = await run(subject, place, args, { onPath: true, installed: true });
    expect(other.stdout).toContain('envoy.binary: "/usr/local/bin/envoy"\n  does not depend on any input');
    expect(other.stdout).toMatch(/^ {2}PATH = .*: read, but it changes nothing here$/m);
  });

  test("--exec and --adapt-envoy use the one on PATH too", async () => {
    using place = placeOf();
    place.write(
      "bin/envoy",
      '#!/bin/sh\nif [ "$1" = --version ]; then echo "envoy  version: 0/1.40.0/Clean/RELEASE/BoringSSL"; else touch ran; fi\n',
      0o755,
    );
    const args = ["--profile", "istio-1.6", "proxy", "--exec", "--adapt-envoy"];
    const { status, stderr } = await run(subject, place, args, { onPath: true, config: { discoveryAddress: "localhost:15010" } });
    expect([status, place.has("ran")]).toEqual([0, true]);
    expect(stderr).not.toContain("Cannot determine the version");
    expect(stderr).toContain("--max-obj-name-len");
  });
});

/** A directory with another Envoy, which is on no path. */
function placeOf(): Place {
  const place = newPlace();
  place.link(ENVOY, "named");
  place.write("bin/.keep", "");
  return place;
}

function run(
  subject: Subject,
  place: Place,
  args: readonly string[],
  { env = {}, binaryPath, installed = false, onPath = false, config = {} }: Partial<Choice> & { readonly config?: object },
): Promise<Ended> {
  if (onPath && !place.has("bin/envoy")) place.link(ENVOY, "bin/envoy");
  const settings = { ...config, ...(binaryPath === undefined ? {} : { binaryPath }) };
  return place.run(subject, args, {
    env: { PATH: `${place.path("bin")}:/usr/bin:/bin`, PROXY_CONFIG: JSON.stringify(settings), ...env },
    wrap: [...OFFLINE, ...(installed ? INSTALLED : EMPTY)],
  });
}

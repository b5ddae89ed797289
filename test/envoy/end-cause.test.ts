import { expect, test } from "bun:test";
import { endCause } from "../../src/envoy/end-cause.ts";
import type { EndFacts } from "../../src/envoy/end-facts.ts";

const MIB = 1024 ** 2;
const ended = (code: number): Partial<EndFacts> => ({ exit: { code, signal: null } });
const died = (signal: string | number): Partial<EndFacts> => ({ exit: { code: null, signal } });
const memory = (oomKillsAfter: number, sizes: { readonly limit?: number; readonly peak?: number } = {}) => ({
  memory: { oomKillsBefore: 1, oomKillsAfter, ...sizes },
});
const refused = (output: string) => ({ ...ended(1), validation: { ok: false, output } });
const accepted = { ...ended(1), validation: { ok: true, output: "configuration 'f' OK\n" } };
const OLD = { runsOldContract: true };
const LIVE = { wasLive: true };
const UNKNOWN = { wasLive: undefined };
const OVERRIDE = { kind: "override", path: "/o.yaml", origin: "ISTIO_BOOTSTRAP_OVERRIDE" } as const;
const ASKED = { wasLive: true, asked: true };
const UNKNOWN_FLAG = "PARSE ERROR: Argument: --x\n  Couldn't find match for argument\n";
const oldApi = (name: string) =>
  `error initializing configuration 'f': (INVALID_ARGUMENT: could not find @type 'type.googleapis.com/${name}'): {}`;
const holder = { pid: 7, name: "nginx" };
const COUNTS = "SIGKILL, out-of-memory kills of its cgroup from 1 to 2";
const EARLY = "Envoy ended with exit code 1 before it was live";

const ROWS: readonly (readonly [facts: Partial<EndFacts>, text: string, hint?: string])[] = [
  [{ ...ended(0), ...ASKED }, "Envoy ended with exit code 0, as asked"],
  [{ ...ended(0), ...LIVE }, "Envoy ended with exit code 0, though this agent was not asked to stop it", "/quitquitquit"],
  [{ ...ended(3), ...ASKED }, "Envoy ended with exit code 3 while it was stopped"],
  [{ ...ended(3), ...LIVE }, "Envoy ended with exit code 3"],
  [ended(0), "Envoy ended with exit code 0, though this agent was not asked to stop it", "/quitquitquit"],
  [
    { ...ended(0), program: { path: "/bin/true", origin: "the default", isOther: true } },
    'The program "/bin/true" is not Envoy: it ended with exit code 0 (the default)',
    "--envoy-path",
  ],
  [
    { ...ended(2), program: { path: "/bin/python3", origin: "the default", isOther: true, version: 'it printed "Python 3"' } },
    'The program "/bin/python3" is not Envoy: it ended with exit code 2, and asked for its version, it printed "Python 3" (the default)',
    "--envoy-path",
  ],
  [
    { ...ended(1), program: { path: "/w", origin: "the default", isOther: true, interpreter: "/bin/sh", version: "it printed nothing" } },
    'The program "/w" is not Envoy but a script (#!/bin/sh): it ended with exit code 1, and asked for its version, it printed nothing (the default)',
    "--envoy-path",
  ],
  [
    { ...ended(0), program: { path: "/w", origin: "the default", isOther: false, interpreter: "/bin/sh" } },
    'Envoy ended with exit code 0 before it was live; "/w" (the default) is a script (#!/bin/sh), its own last lines say why',
  ],
  [
    { ...ended(0), ...LIVE, program: { path: "/w", origin: "the default", isOther: true } },
    "Envoy ended with exit code 0, though this agent was not asked to stop it",
    "/quitquitquit",
  ],

  [ended(3), "Envoy ended with exit code 3 before it was live; its own last lines say why"],

  [{ ...died("SIGTERM"), ...ASKED }, "Envoy was ended by SIGTERM, as asked"],
  [{ ...died("SIGTERM"), ...LIVE }, "Envoy was ended by SIGTERM, which this agent did not send"],
  [{ ...died("SIGUSR2"), ...ASKED }, "Envoy was ended by SIGUSR2, which this agent did not send"],
  [{ ...died(34), ...LIVE }, "Envoy was ended by signal 34, which this agent did not send"],

  [{ ...died("SIGSEGV"), ...LIVE }, "Envoy crashed (SIGSEGV)"],
  [{ ...died("SIGSEGV"), ...ASKED }, "Envoy crashed (SIGSEGV) while it was stopped"],
  [{ ...died("SIGSEGV"), ...UNKNOWN }, "Envoy crashed (SIGSEGV)"],
  [{ ...ended(3), ...UNKNOWN }, "Envoy ended with exit code 3; its own last lines say why"],
  [died("SIGABRT"), "Envoy crashed (SIGABRT) before it was live"],
  [
    { ...died("SIGABRT"), sharedMemoryProblem: "read-only file system" },
    "Envoy crashed (SIGABRT) before it was live: /dev/shm cannot be written to (read-only file system)",
    "emptyDir",
  ],
  [
    { ...died("SIGABRT"), openFiles: { limit: 20, needed: 38 } },
    "Envoy crashed (SIGABRT) before it was live: it may open only 20 files and needs about 38",
    "ulimit",
  ],

  [
    { ...died("SIGKILL"), ...LIVE, ...memory(2, { limit: 256 * MIB, peak: 255.96 * MIB }) },
    `Envoy was killed for lack of memory (${COUNTS}), limit 256 MiB, peak 256 MiB`,
    "memory limit",
  ],
  [
    { ...died("SIGKILL"), ...memory(2, { limit: 1536 * MIB }) },
    `Envoy was killed for lack of memory (${COUNTS}), limit 1.5 GiB`,
    "memory limit",
  ],
  [
    { ...died("SIGKILL"), ...ASKED, ...memory(2, { limit: 256 * MIB, peak: 256 * MIB }) },
    `Envoy was killed for lack of memory while it was stopped (${COUNTS}), limit 256 MiB, peak 256 MiB`,
    "memory limit",
  ],
  [
    { ...died("SIGKILL"), ...LIVE, ...memory(2, { limit: 256 * MIB, peak: 100 * MIB }) },
    `Envoy was killed for lack of memory of the node or of a cgroup above its own (${COUNTS}), limit 256 MiB, peak 100 MiB`,
  ],
  [
    { ...died("SIGKILL"), ...LIVE, ...memory(2) },
    `Envoy was killed for lack of memory of the node or of a cgroup above its own (${COUNTS}), limit none`,
  ],
  [
    { ...died("SIGKILL"), ...LIVE, ...memory(1, { limit: 256 * MIB, peak: 10 * 1024 }) },
    "Envoy was killed (SIGKILL) from outside: the cgroup reports no OOM kill",
  ],
  [{ ...died("SIGKILL"), ...ASKED, ...memory(1) }, "Envoy was killed (SIGKILL) while it was stopped"],
  [{ ...died("SIGKILL"), ...ASKED }, "Envoy was killed (SIGKILL) while it was stopped"],
  [
    { ...died("SIGKILL"), ...LIVE },
    "Envoy was killed (SIGKILL), from outside or for lack of memory: the cgroup's count of OOM kills cannot be read",
  ],
  [{ ...died("SIGSEGV"), ...LIVE, ...memory(2) }, "Envoy crashed (SIGSEGV)"],
  [{ ...ended(1), ...LIVE, ...memory(2) }, "Envoy ended with exit code 1"],

  [
    refused(UNKNOWN_FLAG),
    "Envoy ended with exit code 1, as it refuses its arguments: argument --x: Couldn't find match for argument",
    "another release",
  ],
  [
    { ...refused(UNKNOWN_FLAG), ...OLD },
    "Envoy ended with exit code 1, as it refuses its arguments: argument --x: Couldn't find match for argument",
    "switch on --adapt-envoy (ATTACHE_ADAPT_ENVOY=true)",
  ],
  ...["envoy.config.trace.v2.ZipkinConfig", "envoy.config.trace.v2alpha.XRayConfig", "envoy.config.filter.http.router.v2.Router"].flatMap(
    (name): [Partial<EndFacts>, string, string][] => {
      const text = `Envoy ended with exit code 1, as it refuses its configuration: could not find @type 'type.googleapis.com/${name}'`;
      return [
        [{ ...refused(oldApi(name)), ...OLD }, text, "--adapt-envoy"],
        [refused(oldApi(name)), text, "v3"],
      ];
    },
  ),
  [
    { ...refused(oldApi("envoy.extensions.none.v3.None")), ...OLD },
    "Envoy ended with exit code 1, as it refuses its configuration: could not find @type 'type.googleapis.com/envoy.extensions.none.v3.None'",
  ],
  [
    refused("unable to bind domain socket with base_id=770, id=0, errno=98 (see --base-id option)\n"),
    "Envoy ended with exit code 1, as it refuses its arguments: unable to bind domain socket with base_id=770, id=0, errno=98 (see --base-id option)",
    "--base-id",
  ],
  ...(
    [
      [[OVERRIDE], '; Envoy merges into it the override "/o.yaml" (ISTIO_BOOTSTRAP_OVERRIDE), whose lists are appended'],
      [
        [{ kind: "file", path: "/c.json", origin: "customConfigFile in PROXY_CONFIG" }, OVERRIDE],
        '; the configuration is "/c.json" (customConfigFile in PROXY_CONFIG); Envoy merges into it the override "/o.yaml" (ISTIO_BOOTSTRAP_OVERRIDE), whose lists are appended',
      ],
      [[{ kind: "template", path: "/t.json", origin: "ISTIO_BOOTSTRAP" }], '; the configuration is made from "/t.json" (ISTIO_BOOTSTRAP)'],
    ] as const
  ).flatMap(([ownConfiguration, named]): [Partial<EndFacts>, string, string?][] => [
    [
      { ...refused("error initializing configuration 'f': Duplicate x\n"), ownConfiguration },
      `Envoy ended with exit code 1, as it refuses its configuration: Duplicate x${named}`,
    ],
    [{ ...accepted, ownConfiguration }, `${EARLY}, though it accepts its arguments and configuration; its own last lines say why${named}`],
    [
      { ...refused(UNKNOWN_FLAG), ownConfiguration },
      "Envoy ended with exit code 1, as it refuses its arguments: argument --x: Couldn't find match for argument",
      "another release",
    ],
  ]),
  [refused(""), `${EARLY}; its own last lines say why`],

  [{ ...accepted, ports: [] }, `${EARLY}, though it accepts its arguments and configuration; its own last lines say why`],
  [
    { ...accepted, ports: [{ address: "127.0.0.1", port: 15000, holder, setting: "proxyAdminPort" }] },
    `${EARLY}: 127.0.0.1:15000 is taken by nginx (pid 7)`,
    "or set another port: proxyAdminPort",
  ],
  [
    {
      ...accepted,
      ports: [
        { address: "::1", port: 1 },
        { address: "0.0.0.0", port: 2, holder },
      ],
    },
    `${EARLY}: [::1]:1 is taken by a process that cannot be seen from here; 0.0.0.0:2 is taken by nginx (pid 7)`,
    "stop what listens there",
  ],
  [{ ...accepted, baseId: { id: 3, holder } }, `${EARLY}: base-id 3 is taken by nginx (pid 7)`, "--base-id"],
  [{ ...accepted, openFiles: { limit: 20, needed: 38 } }, `${EARLY}: it may open only 20 files and needs about 38`, "ulimit"],
  [ended(1), `${EARLY}; its own last lines say why`],
];

test.each(ROWS.map(([facts, text, hint = ""]) => [facts, text, hint] as const))("%j", (facts, text, hint) => {
  const found = endCause({
    exit: { code: 0, signal: null },
    wasLive: false,
    asked: false,
    runsOldContract: false,
    ownConfiguration: [],
    ...facts,
  });
  const { level, ...said } = found;
  expect(said).toEqual(hint === "" ? { text } : { text, hint: expect.stringContaining(hint) });
  expect(level).toBe(levelOf(facts));
});

/** An end with 0 that nobody asked for is an error only of a program that is surely no Envoy. */
function levelOf({ exit, asked, wasLive, program }: Partial<EndFacts>): "info" | "warn" | undefined {
  if (exit?.code !== 0 || asked) return undefined;
  if (wasLive || program === undefined) return "info";
  return program.isOther ? undefined : "warn";
}

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
const ASKED = { wasLive: true, isRequested: true };
const UNKNOWN_FLAG = "PARSE ERROR: Argument: --x\n  Couldn't find match for argument\n";
const oldApi = (name: string) =>
  `error initializing configuration 'f': (INVALID_ARGUMENT: could not find @type 'type.googleapis.com/${name}'): {}`;
const holder = { pid: 7, name: "nginx" };
const COUNTS = "SIGKILL, OOM kills in its cgroup from 1 to 2";
const EARLY = "Envoy exited with status 1 before it was live";

const ROWS: readonly (readonly [facts: Partial<EndFacts>, text: string, hint?: string])[] = [
  [{ ...ended(0), ...ASKED }, "Envoy exited with status 0, as requested"],
  [{ ...ended(0), ...LIVE }, "Envoy exited with status 0, although this agent was not asked to stop it", "/quitquitquit"],
  [{ ...ended(3), ...ASKED }, "Envoy exited with status 3 while stopping"],
  [{ ...ended(3), ...LIVE }, "Envoy exited with status 3"],
  [ended(0), "Envoy exited with status 0, although this agent was not asked to stop it", "/quitquitquit"],
  [
    { ...ended(0), program: { path: "/bin/true", origin: "default", isNotEnvoy: true } },
    'Program "/bin/true" is not Envoy: it exited with status 0 (default)',
    "--envoy-path",
  ],
  [
    { ...ended(2), program: { path: "/bin/python3", origin: "default", isNotEnvoy: true, version: 'it printed "Python 3"' } },
    'Program "/bin/python3" is not Envoy: it exited with status 2; asked for its version, it printed "Python 3" (default)',
    "--envoy-path",
  ],
  [
    { ...ended(1), program: { path: "/w", origin: "default", isNotEnvoy: true, interpreter: "/bin/sh", version: "it printed nothing" } },
    'Program "/w" is not Envoy but a script (#!/bin/sh): it exited with status 1; asked for its version, it printed nothing (default)',
    "--envoy-path",
  ],
  [
    { ...ended(0), program: { path: "/w", origin: "default", isNotEnvoy: false, interpreter: "/bin/sh" } },
    'Envoy exited with status 0 before it was live; "/w" (default) is a script (#!/bin/sh), see its last log lines',
  ],
  [
    { ...ended(0), ...LIVE, program: { path: "/w", origin: "default", isNotEnvoy: true } },
    "Envoy exited with status 0, although this agent was not asked to stop it",
    "/quitquitquit",
  ],

  [ended(3), "Envoy exited with status 3 before it was live; see its last log lines"],

  [{ ...died("SIGTERM"), ...ASKED }, "Envoy was terminated by SIGTERM, as requested"],
  [{ ...died("SIGTERM"), ...LIVE }, "Envoy was terminated by SIGTERM, which this agent did not send"],
  [{ ...died("SIGUSR2"), ...ASKED }, "Envoy was terminated by SIGUSR2, which this agent did not send"],
  [{ ...died(34), ...LIVE }, "Envoy was terminated by signal 34, which this agent did not send"],

  [{ ...died("SIGSEGV"), ...LIVE }, "Envoy crashed (SIGSEGV)"],
  [{ ...died("SIGSEGV"), ...ASKED }, "Envoy crashed (SIGSEGV) while stopping"],
  [{ ...died("SIGSEGV"), ...UNKNOWN }, "Envoy crashed (SIGSEGV)"],
  [{ ...ended(3), ...UNKNOWN }, "Envoy exited with status 3; see its last log lines"],
  [died("SIGABRT"), "Envoy crashed (SIGABRT) before it was live"],
  [
    { ...died("SIGABRT"), sharedMemoryProblem: "read-only file system" },
    "Envoy crashed (SIGABRT) before it was live: /dev/shm is not writable (read-only file system)",
    "emptyDir",
  ],
  [
    { ...died("SIGABRT"), openFiles: { limit: 20, needed: 38 } },
    "Envoy crashed (SIGABRT) before it was live: it can open only 20 files and needs about 38",
    "ulimit",
  ],

  [
    { ...died("SIGKILL"), ...LIVE, ...memory(2, { limit: 256 * MIB, peak: 255.96 * MIB }) },
    `Envoy was killed: out of memory (${COUNTS}), limit 256 MiB, peak 256 MiB`,
    "memory limit",
  ],
  [
    { ...died("SIGKILL"), ...memory(2, { limit: 1536 * MIB }) },
    `Envoy was killed: out of memory (${COUNTS}), limit 1.5 GiB`,
    "memory limit",
  ],
  [
    { ...died("SIGKILL"), ...ASKED, ...memory(2, { limit: 256 * MIB, peak: 256 * MIB }) },
    `Envoy was killed: out of memory while stopping (${COUNTS}), limit 256 MiB, peak 256 MiB`,
    "memory limit",
  ],
  [
    { ...died("SIGKILL"), ...LIVE, ...memory(2, { limit: 256 * MIB, peak: 100 * MIB }) },
    `Envoy was killed: out of memory on the node or in a parent cgroup (${COUNTS}), limit 256 MiB, peak 100 MiB`,
  ],
  [
    { ...died("SIGKILL"), ...LIVE, ...memory(2) },
    `Envoy was killed: out of memory on the node or in a parent cgroup (${COUNTS}), limit none`,
  ],
  [
    { ...died("SIGKILL"), memory: { oomKillsAfter: 1, limit: 64 * MIB, peak: 64 * MIB } },
    "Envoy was killed: out of memory (SIGKILL, OOM kills in its cgroup: 1), limit 64 MiB, peak 64 MiB",
    "raise the container's memory limit",
  ],
  [
    { ...died("SIGKILL"), memory: { oomKillsAfter: 0, limit: 64 * MIB } },
    "Envoy was killed (SIGKILL) from outside: the cgroup reports no OOM kill",
  ],
  [
    { ...died("SIGKILL"), ...LIVE, ...memory(1, { limit: 256 * MIB, peak: 10 * 1024 }) },
    "Envoy was killed (SIGKILL) from outside: the cgroup reports no OOM kill",
  ],
  [{ ...died("SIGKILL"), ...ASKED, ...memory(1) }, "Envoy was killed (SIGKILL) while stopping"],
  [{ ...died("SIGKILL"), ...ASKED }, "Envoy was killed (SIGKILL) while stopping"],
  [
    { ...died("SIGKILL"), ...LIVE },
    "Envoy was killed (SIGKILL), from outside or out of memory: the cgroup's count of OOM kills cannot be read",
  ],
  [{ ...died("SIGSEGV"), ...LIVE, ...memory(2) }, "Envoy crashed (SIGSEGV)"],
  [{ ...ended(1), ...LIVE, ...memory(2) }, "Envoy exited with status 1"],

  [
    refused(UNKNOWN_FLAG),
    "Envoy exited with status 1, because it rejects its arguments: argument --x: Couldn't find match for argument",
    "another release",
  ],
  [
    { ...refused(UNKNOWN_FLAG), ...OLD },
    "Envoy exited with status 1, because it rejects its arguments: argument --x: Couldn't find match for argument",
    "use --adapt-envoy (ATTACHE_ADAPT_ENVOY=true)",
  ],
  ...["envoy.config.trace.v2.ZipkinConfig", "envoy.config.trace.v2alpha.XRayConfig", "envoy.config.filter.http.router.v2.Router"].flatMap(
    (name): [Partial<EndFacts>, string, string][] => {
      const text = `Envoy exited with status 1, because it rejects its configuration: could not find @type 'type.googleapis.com/${name}'`;
      return [
        [{ ...refused(oldApi(name)), ...OLD }, text, "--adapt-envoy"],
        [refused(oldApi(name)), text, "v3"],
      ];
    },
  ),
  [
    { ...refused(oldApi("envoy.extensions.none.v3.None")), ...OLD },
    "Envoy exited with status 1, because it rejects its configuration: could not find @type 'type.googleapis.com/envoy.extensions.none.v3.None'",
  ],
  [
    refused(
      "error initializing configuration 'f': Didn't find a registered implementation for 'metadata_discovery' with type URL: 'istio.workload.BootstrapExtension'\n",
    ),
    "Envoy exited with status 1, because it rejects its configuration: Didn't find a registered implementation for 'metadata_discovery' with type URL: 'istio.workload.BootstrapExtension'",
    "use the Envoy of Istio's proxy image",
  ],
  [
    refused("unable to bind domain socket with base_id=770, id=0, errno=98 (see --base-id option)\n"),
    "Envoy exited with status 1, because it rejects its arguments: unable to bind domain socket with base_id=770, id=0, errno=98 (see --base-id option)",
    "--base-id",
  ],
  ...(
    [
      [[OVERRIDE], '; Envoy merges the override "/o.yaml" (ISTIO_BOOTSTRAP_OVERRIDE), whose lists are appended'],
      [
        [{ kind: "file", path: "/c.json", origin: "customConfigFile in PROXY_CONFIG" }, OVERRIDE],
        '; the configuration is "/c.json" (customConfigFile in PROXY_CONFIG); Envoy merges the override "/o.yaml" (ISTIO_BOOTSTRAP_OVERRIDE), whose lists are appended',
      ],
      [
        [{ kind: "template", path: "/t.json", origin: "ISTIO_BOOTSTRAP" }],
        '; the configuration is rendered from "/t.json" (ISTIO_BOOTSTRAP)',
      ],
    ] as const
  ).flatMap(([userConfiguration, named]): [Partial<EndFacts>, string, string?][] => [
    [
      { ...refused("error initializing configuration 'f': Duplicate x\n"), userConfiguration },
      `Envoy exited with status 1, because it rejects its configuration: Duplicate x${named}`,
    ],
    [{ ...accepted, userConfiguration }, `${EARLY}, although it accepts its arguments and configuration; see its last log lines${named}`],
    [
      { ...refused(UNKNOWN_FLAG), userConfiguration },
      "Envoy exited with status 1, because it rejects its arguments: argument --x: Couldn't find match for argument",
      "another release",
    ],
  ]),
  [refused(""), `${EARLY}; see its last log lines`],

  [{ ...accepted, ports: [] }, `${EARLY}, although it accepts its arguments and configuration; see its last log lines`],
  [
    { ...accepted, ports: [{ address: "127.0.0.1", port: 15000, holder, setting: "proxyAdminPort" }] },
    `${EARLY}: 127.0.0.1:15000 is in use by nginx (pid 7)`,
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
    `${EARLY}: [::1]:1 is in use by a process that is not visible from here; 0.0.0.0:2 is in use by nginx (pid 7)`,
    "stop the process that listens there",
  ],
  [{ ...accepted, baseId: { id: 3, holder } }, `${EARLY}: base-id 3 is in use by nginx (pid 7)`, "--base-id"],
  [{ ...accepted, openFiles: { limit: 20, needed: 38 } }, `${EARLY}: it can open only 20 files and needs about 38`, "ulimit"],
  [ended(1), `${EARLY}; see its last log lines`],
];

test.each(ROWS.map(([facts, text, hint = ""]) => [facts, text, hint] as const))("%j", (facts, text, hint) => {
  const found = endCause({
    exit: { code: 0, signal: null },
    wasLive: false,
    isRequested: false,
    runsOldContract: false,
    userConfiguration: [],
    ...facts,
  });
  const { level, ...said } = found;
  expect(said).toEqual(hint === "" ? { text } : { text, hint: expect.stringContaining(hint) });
  expect(level).toBe(levelOf(facts));
});

/** An unrequested exit with 0 is an error only if the program is certainly not Envoy. */
function levelOf({ exit, isRequested, wasLive, program }: Partial<EndFacts>): "info" | "warn" | undefined {
  if (exit?.code !== 0 || isRequested) return undefined;
  if (wasLive || program === undefined) return "info";
  return program.isNotEnvoy ? undefined : "warn";
}

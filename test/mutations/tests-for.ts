import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { Glob } from "bun";

/** Tests that need more than the source: an image, a cluster, an hour. */
const APART = /^test\/(container|kubernetes|long|endurance|binary|mutations|documents|examples)\//;
const WITH_ENVOY = /^test\/envoy\//;
/** Folders whose files mostly run as separate programs, which imports do not show, and the tests that run them. */
const RUN_BY: readonly (readonly [folder: RegExp, tests: RegExp])[] = [
  [/^src\/(host\/http|host\/status|http|status)\//, /^test\/conformance\/status\.test\.ts$/],
  [/^src\/host\/job\//, /^test\/scenarios\/job/],
  // What Envoy is started with is recorded.
  [/^src\/host\/([^/]*|(envoy|files|inputs|linux)\/[^/]*)$/, /^test\/conformance\/binary\.test\.ts$/],
  [/^src\/(host|supervisor)\//, /^test\/(scenarios|host)\//],
  // What only a real Envoy shows.
  [
    /^src\/host\/(supervisor\/(agent-metrics|epochs|prepare-epoch)|envoy\/(configurations|shared-memory))\./,
    /^test\/envoy\/(base-id|fall-back|hot-restart|restart)\./,
  ],
  [
    /^src\/host\/(envoy\/(admin-client|liveness)|supervisor\/(await-ready|open-effects)|services\/status-port)\./,
    /^test\/envoy\/(live|status)\./,
  ],
  [/^src\/host\/(linux\/memory-cgroup|supervisor\/(post-mortem|termination-message))\./, /^test\/envoy\/fault-causes\./],
  [/^src\/host\/(services\/(notify-systemd|systemd)|linux\/raise-oom-score|supervisor\/prepare-process)\./, /^test\/envoy\/systemd\./],
  [/^src\/host\/envoy\/count-workers\./, /^test\/envoy\/worker-count\./],
];

/** Tests that start programs, listen and wait; all others are fast. */
const ON_THE_MACHINE = /^test\/(scenarios|host|envoy)\/|^test\/conformance\/(binary|status)\./;
/** The slowest tests run last. */
const SLOW = /^test\/envoy\/|^test\/conformance\/|^test\/scenarios\/(job|exit-status|terminal)/;

/** The tests of a file in the order to run them. */
export interface Tests {
  /** Nearest by imports first. */
  readonly pure: readonly string[];
  /** Tests that start programs, fast ones first. */
  readonly running: readonly string[];
}

/** Returns the tests of each file: those that import it directly or indirectly, and those that run it as part of the program. */
export function openTests(root: string): (path: string) => Tests {
  const files = [...new Glob("{src,test}/**/*.ts").scanSync(root)].sort();
  const importers = new Map<string, string[]>();
  const transpiler = new Bun.Transpiler({ loader: "ts" });
  for (const file of files)
    for (const { path } of transpiler.scanImports(readFileSync(join(root, file), "utf8"))) {
      if (!path.startsWith(".")) continue;
      const target = relative(root, join(root, dirname(file), path));
      importers.set(target, [...(importers.get(target) ?? []), file]);
    }
  const tests = files.filter((path) => path.endsWith(".test.ts") && !APART.test(path));
  return (path) => {
    // What a real Envoy shows takes long, and only what supervises one cannot be seen without.
    const wanted = /^src\/host\/(envoy|services|supervisor)\//.test(path) ? tests : tests.filter((test) => !WITH_ENVOY.test(test));
    const near = nearestFirst(path, importers).filter((file) => wanted.includes(file));
    const running = RUN_BY.filter(([folder]) => folder.test(path)).flatMap(([, pattern]) => tests.filter((test) => pattern.test(test)));
    const all = [...new Set([...near, ...running])];
    const onMachine = all.filter((test) => ON_THE_MACHINE.test(test));
    return {
      pure: all.filter((test) => !ON_THE_MACHINE.test(test)),
      running: [...onMachine.filter((test) => !SLOW.test(test)), ...onMachine.filter((test) => SLOW.test(test))],
    };
  };
}

/** Returns every file that imports a file, directly or indirectly, nearest first. */
function nearestFirst(path: string, importers: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const seen = new Set([path]);
  // Iterating a set includes items added on the way.
  for (const file of seen) for (const importer of importers.get(file) ?? []) seen.add(importer);
  return [...seen];
}

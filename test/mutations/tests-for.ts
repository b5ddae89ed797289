import { readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { Glob } from "bun";

/** Tests that need more than the source: an image, a cluster, an hour. */
const APART = /^test\/(container|kubernetes|long|endurance|binary|mutations|documents|examples)\//;
const WITH_ENVOY = /^test\/envoy\//;
/** Folders whose files mostly run as separate programs, which imports do not show, and the tests that run them. */
const RUN_BY: readonly (readonly [folder: RegExp, tests: RegExp])[] = [
  [/^src\/host\/job\//, /^test\/scenarios\/job/],
  [/^src\/(host\/http|host\/status|http|status)\//, /^test\/conformance\/status\.test\.ts$/],
  [/^src\/profiles\/istio-[^/]*\/(services|status)\./, /^test\/conformance\/status\.test\.ts$/],
  // What Envoy is started with is recorded.
  [/^src\/host\/([^/]*|(envoy|files|inputs|linux)\/[^/]*)$/, /^test\/conformance\/binary\.test\.ts$/],
  [/^src\/(host|supervisor)\//, /^test\/(scenarios|host)\//],
  // What only a real Envoy shows.
  [
    /^src\/host\/(supervisor\/(agent-metrics|epochs|prepare-epoch)|envoy\/(configurations|shared-memory))\./,
    /^test\/envoy\/(base-id|fall-back|hot-restart|restart)\./,
  ],
  [/^src\/host\/(envoy\/(admin-client|liveness)|supervisor\/open-effects|services\/status-port)\./, /^test\/envoy\/(live|status)\./],
  [/^src\/host\/(linux\/memory-cgroup|supervisor\/(post-mortem|termination-message))\./, /^test\/envoy\/fault-causes\./],
  [/^src\/host\/(services\/(notify-systemd|systemd)|linux\/raise-oom-score|supervisor\/prepare-process)\./, /^test\/envoy\/systemd\./],
  [/^src\/host\/envoy\/count-workers\./, /^test\/envoy\/worker-count\./],
];

/** Tests that start programs, listen and wait; all others are fast. */
const ON_THE_MACHINE = /^test\/(scenarios|host|envoy)\/|^test\/conformance\/(binary|status)\./;
/** The slowest tests run last. */
const SLOW = /^test\/envoy\/|^test\/conformance\/|^test\/scenarios\/(job|exit-status|terminal)/;

/** The number of tests that most changes fail at once. */
const NEAREST = 3;

/** The tests of a file, in the order to run them. */
export interface Tests {
  /** The few nearest by imports. */
  readonly nearest: readonly string[];
  /** Other tests of pure code. */
  readonly pure: readonly string[];
  /** Tests that start programs, fast ones first. */
  readonly running: readonly string[];
}

/** Returns the tests of each file: those that import it directly or indirectly, and those that run it as part of the program. */
export function openTests(root: string): (path: string) => Tests {
  const files = [...new Glob("{src,test}/**/*.ts").scanSync(root)].sort();
  const importers = new Map<string, string[]>();
  const transpiler = new Bun.Transpiler({ loader: "ts" });
  const add = (target: string, file: string) => importers.set(target, [...(importers.get(target) ?? []), file]);
  /** The programs that tests start, and how a test names them. */
  const programs = files
    .filter((path) => path.includes("/fixtures/"))
    .map((path) => ({ path, name: new RegExp(`["/]${basename(path)}"`) }));
  for (const file of files) {
    const text = readFileSync(join(root, file), "utf8");
    for (const { path } of transpiler.scanImports(text))
      if (path.startsWith(".")) add(relative(root, join(root, dirname(file), path)), file);
    for (const program of programs) if (program.name.test(text)) add(program.path, file);
  }
  const tests = files.filter((path) => path.endsWith(".test.ts") && !APART.test(path));
  return (path) => {
    // What a real Envoy shows takes long, and only what supervises one cannot be seen without.
    const wanted = /^src\/host\/(envoy|services|supervisor)\//.test(path) ? tests : tests.filter((test) => !WITH_ENVOY.test(test));
    const near = nearestFirst(path, importers).filter((file) => wanted.includes(file));
    const [first = [], ...more] = RUN_BY.filter(([folder]) => folder.test(path)).map(([, pattern]) =>
      tests.filter((test) => pattern.test(test)),
    );
    const nearest = near.filter((test) => !SLOW.test(test) || importers.get(path)?.includes(test)).slice(0, NEAREST);
    const others = [...near, ...first, ...more.flat()].filter((test) => !nearest.includes(test));
    const onMachine = others.filter((test) => ON_THE_MACHINE.test(test));
    // Of a file that no test imports, the tests that run it see most.
    const order = [
      near.length === 0 ? first : [],
      onMachine.filter((test) => !SLOW.test(test)),
      onMachine.filter((test) => SLOW.test(test)),
    ];
    return {
      nearest,
      pure: [...new Set(others.filter((test) => !ON_THE_MACHINE.test(test)))],
      running: [...new Set(order.flat())],
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

import { beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY } from "../support/subject.ts";
import { undisturbed } from "../support/undisturbed.ts";
import { type Case, differences, expand, fieldCases, generatedCases, namedCases, PROFILE_NAMES, type Seen } from "./cases.ts";
import type { Spec } from "./launcher.ts";
import { LEFT_ASIDE, reasonToLeave } from "./left-aside.ts";
import { placesIn, preparePlace, swapped } from "./place.ts";

/** How many generated cases of a profile run here, none if it shares its code with one of them; `ATTACHE_ALL_CASES` runs all of them. */
const GENERATED = 60;
const OWN_CODE = ["istio-1.6", "istio-1.30"];
const WIDTH = 4;
const LIMIT = 20_000;

const cases = PROFILE_NAMES.flatMap((profile) => [
  ...namedCases(profile),
  ...fieldCases(profile),
  ...generatedCases(profile).slice(0, process.env["ATTACHE_ALL_CASES"] ? undefined : OWN_CODE.includes(profile) ? GENERATED : 0),
]).filter((each) => reasonToLeave(LEFT_ASIDE, each) === undefined);
const results = new Map<Case, readonly string[]>();

beforeAll(async () => {
  if (!existsSync(BINARY.command[0] ?? "")) throw new Error("There is no dist/attache: npm run build makes it");
  const waiting = [...cases];
  const work = async () => {
    for (let recorded = waiting.shift(); recorded !== undefined; recorded = waiting.shift())
      results.set(
        recorded,
        await undisturbed(
          () => differencesOf(recorded),
          (found) => found.length === 0,
        ),
      );
  };
  await Promise.all(Array.from({ length: WIDTH }, work));
}, 1_800_000);

describe.each(PROFILE_NAMES)("recorded cases of %s on the binary", (profile) => {
  test.each(cases.filter((each) => each.profile === profile).map((each) => [each.name, each] as const))("%s", (_, recorded) => {
    expect(results.get(recorded)).toEqual([]);
  });
});

async function differencesOf(recorded: Case): Promise<readonly string[]> {
  return runCase(recorded).then(
    (seen) => differences(recorded, seen),
    (error: unknown) => [String(error)],
  );
}

/** Runs the binary on a case in new namespaces. */
async function runCase(recorded: Case): Promise<Seen> {
  const root = mkdtempSync(join(tmpdir(), "attache-case-"));
  const places = placesIn(root);
  try {
    prepare(root, expand(recorded, places));
    const launcher = [process.execPath, join(import.meta.dir, "launcher.ts"), join(root, "spec.json")];
    const child = Bun.spawn(["unshare", "--net", "--mount", "--uts", ...launcher], { stdio: ["ignore", "pipe", "pipe"] });
    const texts = Promise.all([child.stdout.text(), child.stderr.text()]);
    const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT);
    for (const name of recorded.signals ?? []) {
      await untilThere(join(root, "rec/waiting"));
      child.kill(`SIG${name}` as NodeJS.Signals); // names of signals, without SIG
    }
    const exit = await child.exited;
    clearTimeout(timer);
    const [, err] = await texts;
    if (err.includes("LAUNCHER")) throw new Error(err);
    return expand(observe(root, recorded, exit), swapped(places));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function prepare(root: string, recorded: Case): void {
  preparePlace(root, recorded, recorded.envoy?.mode ?? "exit:0");
  const spec: Spec = { recorded, root, command: [...BINARY.command, "--profile", recorded.profile] };
  writeFileSync(join(root, "spec.json"), JSON.stringify(spec));
}

function observe(root: string, recorded: Case, exit: number): Seen {
  const record = (name: string) => readFileSync(join(root, "rec", name), "utf8");
  const files = (recorded.watchFiles ?? []).map((name) => {
    const path = join(root, "w", name);
    return [
      name,
      existsSync(path) ? { mode: (statSync(path).mode & 0o7777).toString(8), text: readFileSync(path, "utf8") } : null,
    ] as const;
  });
  if (!existsSync(join(root, "rec/cmdline"))) return { launched: false, exit };
  // The shell and its script come before the arguments.
  const argv = record("cmdline").split("\0").slice(2, -1);
  const environment = record("environ")
    .split("\0")
    .map((entry) => entry.split(/=([\s\S]*)/).slice(0, 2));
  return {
    launched: true,
    exit,
    argv,
    uid: Number(record("uid")),
    envoyEnv: Object.fromEntries(environment),
    files: Object.fromEntries(files),
    ...(existsSync(join(root, "rec/config")) ? { bootstrapText: record("config"), bootstrapMode: record("mode").trim() } : {}),
  };
}

async function untilThere(path: string): Promise<void> {
  for (const end = performance.now() + LIMIT; !existsSync(path); ) {
    if (performance.now() > end) throw new Error(`"${path}" did not appear`);
    await Bun.sleep(5);
  }
}

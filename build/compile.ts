import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { etaPlugin } from "../src/host/eta-plugin.ts";
import { compact } from "./compact.ts";
import { disableSwitches } from "./disable-switches.ts";
import { dropModules } from "./drop-modules.ts";
import { pagePlugin } from "./page-plugin.ts";
import { unpackRuntime } from "./runtime.ts";
import { singleStartChunk } from "./single-start-chunk.ts";
import type { Stamp } from "./stamp.ts";
import type { Target } from "./targets.ts";

/** How the runtime in an executable is set: hardly any code runs often enough for its compiler to pay off, whose thread leaves 0.4 MB behind. */
export const RUNTIME_SETTINGS = {
  jitPolicy: 1_000,
  autoloadDotenv: false,
  autoloadBunfig: false,
  autoloadTsconfig: false,
  autoloadPackageJson: false,
} as const;

/** How code is put into an executable. */
export const CODE_SETTINGS = { format: "esm", minify: true, bytecode: true } as const;

/** Builds one executable; for the host's target it uses the runtime that runs the build. @throws AggregateError, Error */
export async function compile(target: Target, outfile: string, stamp: Stamp, isHost: boolean): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "attache-runtime-"));
  try {
    await bundle(target, outfile, stamp, isHost ? {} : { executablePath: await unpackRuntime(target.runtime, work) });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  disableSwitches(outfile);
  dropModules(outfile);
  compact(outfile);
}

async function bundle(target: Target, outfile: string, stamp: Stamp, runtime: { readonly executablePath?: string }): Promise<void> {
  const result = await Bun.build({
    entrypoints: [join(import.meta.dir, "../src/main.ts")],
    compile: { target: target.bun, outfile, ...runtime, ...RUNTIME_SETTINGS },
    ...CODE_SETTINGS,
    splitting: true,
    plugins: [etaPlugin, pagePlugin, singleStartChunk],
    define: {
      "process.env.NODE_ENV": '"production"',
      ATTACHE_VERSION: JSON.stringify(stamp.version),
      ATTACHE_COMMIT: JSON.stringify(stamp.commit),
      ATTACHE_COMMIT_DATE: JSON.stringify(stamp.date),
    },
  });
  if (!result.success) throw new AggregateError(result.logs, `Cannot build ${outfile}`);
}

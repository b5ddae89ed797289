import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheDirectory } from "../../../build/cache-directory.ts";
import { goProgram } from "../../support/go-program.ts";

const MODULE = "istio.io/istio";
/** The version nearest to release 1.30.3 that the Go module proxy has. */
const VERSION = "v0.0.0-20260423205519-b01690e6db7d";
export const ISTIOD_VERSION = `${MODULE}@${VERSION}`;

/** Returns istiod: ISTIOD_PATH, or one that is built once from its Go module. @throws Error that says what is missing */
export async function istiodProgram(): Promise<string> {
  const named = process.env["ISTIOD_PATH"];
  if (named) return named;
  const target = join(cacheDirectory(), `istiod-${VERSION}`);
  if (existsSync(target)) return target;
  const go = goProgram("build istiod");
  console.log(`Building istiod from ${ISTIOD_VERSION} (some ten minutes on two processors, once) …`);
  mkdirSync(dirname(target), { recursive: true });
  const work = mkdtempSync(join(dirname(target), ".build-"));
  try {
    const { Dir } = JSON.parse(await Bun.$`${go} mod download -json ${ISTIOD_VERSION}`.cwd(work).text());
    const source = join(work, "source");
    cpSync(Dir, source, { recursive: true });
    await Bun.$`chmod -R u+w ${source}`;
    const program = join(work, "pilot-discovery");
    // Istio's own go.mod applies only in its own tree.
    await Bun.$`nice -n 19 ${go} build -tags vtprotobuf,disable_pgv -ldflags ${"-s -w"} -o ${program} ./pilot/cmd/pilot-discovery`.cwd(
      source,
    );
    renameSync(program, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return target;
}

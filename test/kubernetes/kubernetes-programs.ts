import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheDirectory } from "../../build/cache-directory.ts";
import { succeed } from "../container/engine.ts";
import { goProgram } from "../support/go-program.ts";

const VERSION = "1.36.3";
const MODULE = "k8s.io/kubernetes";
export const PROGRAMS = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubectl"] as const;

/**
 * Returns the directory with Kubernetes' programs, built once from the Go module: no package has a current release.
 * @throws Error with what is missing
 */
export async function kubernetesPrograms(): Promise<string> {
  const target = join(cacheDirectory(), `kubernetes-${VERSION}`);
  if (PROGRAMS.every((name) => existsSync(join(target, name)))) return target;
  const go = goProgram(`build Kubernetes ${VERSION}`);
  console.log(`Building Kubernetes ${VERSION} (some ten minutes on two processors, once) …`);
  mkdirSync(dirname(target), { recursive: true });
  const work = mkdtempSync(join(dirname(target), ".build-"));
  try {
    await build(go, work);
    rmSync(target, { recursive: true, force: true });
    renameSync(join(work, "bin"), target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return target;
}

async function build(go: string, work: string): Promise<void> {
  const { GoMod } = JSON.parse(await succeed(go, "mod", "download", "-json", `${MODULE}@v${VERSION}`));
  writeFileSync(join(work, "go.mod"), ourModule(readFileSync(GoMod, "utf8")));
  const flags = `-s -w -X k8s.io/component-base/version.gitVersion=v${VERSION}`;
  const packages = PROGRAMS.map((name) => `${MODULE}/cmd/${name}`);
  // One command for all, because they share most of their packages.
  await succeed(
    ...["env", "--chdir", work, "GOFLAGS=-mod=mod", "nice", go, "build", "-trimpath", "-ldflags", flags, "-o", join(work, "bin/")],
    ...packages,
  );
}

/**
 * A go.mod that requires Kubernetes. Kubernetes publishes its libraries as separate modules, and its go.mod has no
 * versions for them; each has the release's number with 0 instead of 1.
 */
function ourModule(theirs: string): string {
  const [, go = ""] = /^go (\S+)$/m.exec(theirs) ?? [];
  const libraries = [...theirs.matchAll(/^\s+(k8s\.io\/\S+) v0\.0\.0$/gm)].map(([, name = ""]) => name);
  const replaced = libraries.map((name) => `replace ${name} => ${name} v0${VERSION.slice(1)}\n`);
  return `module attache.test/kubernetes\n\ngo ${go}\n\nrequire ${MODULE} v${VERSION}\n\n${replaced.join("")}`;
}

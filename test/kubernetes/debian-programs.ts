import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheDirectory } from "../../build/cache-directory.ts";
import { attempt, succeed } from "../container/engine.ts";

/** Packages that are unpacked instead of installed, so that the machine does not change and no service starts. */
const PACKAGES = ["etcd-server", "containerd", "containernetworking-plugins", "catatonit"] as const;

/** Downloads the packages once: programs in `usr/bin`, network plugins in `usr/lib/cni`. @throws Error with apt's last lines */
export async function debianPrograms(): Promise<string> {
  const target = join(cacheDirectory(), "kubernetes-debian");
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true });
  const work = mkdtempSync(join(dirname(target), ".debian-"));
  try {
    // Without package lists, apt knows no package.
    if ((await attempt(["apt-cache", "show", ...PACKAGES])).status !== 0) await succeed("apt-get", "update", "-qq");
    await succeed("env", "--chdir", work, "apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", ...PACKAGES);
    const root = join(work, "root");
    for await (const file of new Bun.Glob("*.deb").scan(work)) await succeed("dpkg-deb", "-x", join(work, file), root);
    renameSync(root, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return target;
}

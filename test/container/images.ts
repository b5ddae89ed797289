import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT } from "../support/subject.ts";
import { attempt, succeed } from "./engine.ts";

/** The release of the bases; the packages come from where mmdebstrap takes them by itself. */
const DEBIAN = "bookworm";
/** Certificates this machine trusts; the builder reaches the registries as we do. */
const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";

/** The variants of the image, each with its stage. */
export const IMAGES = { attache: "localhost/attache", exec: "localhost/attache:exec", debug: "localhost/attache:debug" } as const;
/** attache in place of pilot-agent in an image of proxyv2's layout. */
export const REPLACED = "localhost/attache-in-proxyv2";

/** Builds every image from the repository's Dockerfiles, on bases made of Debian packages: no container registry is asked. */
export async function buildImages(): Promise<void> {
  await buildStages("attache", "exec", "debug");
  await buildReplaced(await makeBase());
}

/** Builds variants of the image from the repository's Dockerfile. */
export async function buildStages(...stages: readonly (keyof typeof IMAGES)[]): Promise<void> {
  const [base, builder] = [await makeBase(), await makeBuilder()];
  for (const stage of stages) await bud(join(ROOT, "Dockerfile"), ROOT, IMAGES[stage], { BASE: base, BUILDER: builder }, stage);
}

async function bud(file: string, context: string, tag: string, values: Readonly<Record<string, string>>, stage?: string): Promise<void> {
  const args = Object.entries(values).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
  const target = stage === undefined ? [] : ["--target", stage];
  const fixed = ["--isolation", "chroot", "--network", "host", "--layers", "--pull-never", "--timestamp", "0"];
  await succeed("buildah", "bud", ...fixed, ...args, ...target, "-f", file, "-t", tag, context);
}

/** What distroless/base is: the C library and the tree of a Debian, no shell. */
async function makeBase(): Promise<string> {
  const tag = "localhost/attache-test-base:1";
  await unlessThere(tag, async (work) => {
    await succeed("mmdebstrap", "--variant=extract", "--include=base-files,libc6", DEBIAN, join(work, "root.tar"));
    await succeed("podman", "import", join(work, "root.tar"), tag);
  });
  return tag;
}

/** A Debian with pip, and this machine's Node, npm and certificates. */
async function makeBuilder(): Promise<string> {
  const node = realpathSync(Bun.which("node") ?? "node");
  const npm = join(dirname(realpathSync(Bun.which("npm") ?? "npm")), "..");
  const { version } = JSON.parse(readFileSync(join(npm, "package.json"), "utf8"));
  const tag = `localhost/attache-test-builder:npm-${version}`;
  await unlessThere(tag, async (work) => {
    const root = join(work, "root");
    const packages = "--include=busybox-static,ca-certificates,libatomic1,libstdc++6,python3-pip";
    await succeed("mmdebstrap", "--variant=essential", packages, DEBIAN, root);
    await succeed("cp", node, join(root, "usr/bin/node"));
    await succeed("mkdir", "-p", join(root, "usr/lib/node_modules"));
    await succeed("cp", "-rL", npm, join(root, "usr/lib/node_modules/npm"));
    await succeed("ln", "-s", "../lib/node_modules/npm/bin/npm-cli.js", join(root, "usr/bin/npm"));
    if (existsSync(CERTIFICATES)) await succeed("cp", CERTIFICATES, join(root, CERTIFICATES));
    await succeed("tar", "-cf", join(work, "root.tar"), "-C", root, ".");
    const trusts = ["NODE_EXTRA_CA_CERTS", "PIP_CERT"].flatMap((name) => ["--change", `ENV ${name}=${CERTIFICATES}`]);
    await succeed("podman", "import", ...trusts, join(work, "root.tar"), tag);
  });
  return tag;
}

/** An image of proxyv2's layout, whose pilot-agent only says that it is one, and on it the README's Dockerfile. */
async function buildReplaced(base: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "attache-proxyv2-"));
  try {
    writeFileSync(join(work, "pilot-agent"), "not attache\n");
    const lines = [
      `FROM ${IMAGES.attache} AS ours`,
      `FROM ${base}`,
      "COPY --from=ours /usr/local/bin/envoy /usr/local/bin/envoy",
      "COPY --from=ours /etc/istio/ /etc/istio/",
      "COPY --from=ours --chown=1337:1337 /var/lib/istio/data/ /var/lib/istio/data/",
      "COPY pilot-agent /usr/local/bin/pilot-agent",
      "ENV ISTIO_META_ISTIO_VERSION=1.30.3",
      "USER 1337:1337",
      'ENTRYPOINT ["/usr/local/bin/pilot-agent"]',
    ];
    writeFileSync(join(work, "Dockerfile"), `${lines.join("\n")}\n`);
    await bud(join(work, "Dockerfile"), work, "localhost/attache-test-proxyv2", {});
    const values = { PROXYV2: "localhost/attache-test-proxyv2" };
    await bud(join(ROOT, "examples/proxyv2/Dockerfile"), join(ROOT, "dist"), REPLACED, values);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function unlessThere(tag: string, make: (work: string) => Promise<void>): Promise<void> {
  if ((await attempt(["podman", "image", "exists", tag])).status === 0) return;
  const work = mkdtempSync(join(tmpdir(), "attache-image-"));
  try {
    await make(work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

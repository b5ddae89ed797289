import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Glob } from "bun";
import { ROOT } from "../support/subject.ts";
import { attempt, succeed, succeedAlone } from "./engine.ts";

/** The Debian release of the builder, from mmdebstrap's default mirror. */
const DEBIAN = "bookworm";
/** The machine's trusted certificates, with which the builder reaches the registries. */
const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";

/** The name of the images of this checkout; other checkouts have other names. */
const OURS = `localhost/attache-${Bun.hash.crc32(ROOT).toString(16)}`;
/** The variants of the image, each with its stage. */
export const IMAGES = { attache: `${OURS}:latest`, exec: `${OURS}:exec`, debug: `${OURS}:debug`, init: `${OURS}:init` } as const;
/** The default base of the Dockerfile. */
const BASE = `${OURS}:base`;
/** attache instead of pilot-agent, in an image with proxyv2's layout. */
export const REPLACED = `${OURS}:in-proxyv2`;

/** A label of the last image: the digest of the inputs of all images. */
const SOURCES = "attache.test.sources";

/**
 * Builds every image from the repository's Dockerfiles, on bases made of Debian packages, without a container registry. Images
 * of the same files are not built again.
 */
export async function buildImages(): Promise<void> {
  const digest = await digestOfSources();
  const { out } = await attempt(["podman", "image", "inspect", "--format", `{{index .Labels "${SOURCES}"}}`, REPLACED]);
  if (out.trim() === digest) return;
  // A named stage is kept as a cache for the next build.
  for (const [stage, tag] of [["builder", `${OURS}:builder`], ["base", BASE], ...Object.entries(IMAGES)] as const)
    await buildStage(stage, tag, stage === "exec" ? { BASE } : {});
  // The last image exists only if all others do.
  await buildReplaced(BASE, `${SOURCES}=${digest}`);
  // Images that another checkout is using are kept.
  await attempt(["podman", "image", "prune", "--force"]);
}

/**
 * Builds the image again from the same files, without a cache: what the cache has may be from another checkout, whose name it contains.
 * Returns its name.
 */
export async function buildAgain(name: string): Promise<string> {
  const tag = `${OURS}:${name}`;
  await buildStage("attache", tag, {}, ["--no-cache"]);
  return tag;
}

async function buildStage(
  stage: string,
  tag: string,
  values: Readonly<Record<string, string>>,
  options: readonly string[] = [],
): Promise<void> {
  const given = { BUILDER: await makeBuilder(), ...values };
  await bud({ file: join(ROOT, "Dockerfile"), context: ROOT, tag, values: given, options: ["--target", stage, ...options] });
}

/** Returns the digest of all inputs and build steps. */
async function digestOfSources(): Promise<string> {
  const ours = "{build,src,templates,examples}/**/*";
  const files = [...new Glob(`{${ours},*.ts,*.json,*.toml,.npmrc,.dockerignore,Dockerfile}`).scanSync({ cwd: ROOT, dot: true })].sort();
  const hash = new Bun.CryptoHasher("sha256");
  for (const file of [...files, "test/container/images.ts", "dist/attache"])
    hash.update(`${file}\n`).update(await Bun.file(join(ROOT, file)).arrayBuffer());
  return hash.digest("hex");
}

interface Bud {
  readonly file: string;
  readonly context: string;
  readonly tag: string;
  /** Arguments of the build. */
  readonly values?: Readonly<Record<string, string>>;
  readonly options?: readonly string[];
}

async function bud({ file, context, tag, values = {}, options = [] }: Bud): Promise<void> {
  const args = Object.entries(values).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
  const fixed = ["--isolation", "chroot", "--network", "host", "--layers", "--pull-never", "--timestamp", "0"];
  await succeedAlone("buildah", "bud", ...fixed, ...args, ...options, "-f", file, "-t", tag, context);
  // buildah leaves the container of a stage without instructions mounted.
  await succeedAlone("buildah", "rm", "--all");
}

/** Makes the builder image if it is missing: a Debian with pip, and this machine's Node, npm and certificates. */
export async function makeBuilder(): Promise<string> {
  const node = realpathSync(Bun.which("node") ?? "node");
  const npm = join(dirname(realpathSync(Bun.which("npm") ?? "npm")), "..");
  const { version } = JSON.parse(readFileSync(join(npm, "package.json"), "utf8"));
  const tag = `localhost/attache-test-builder:2-npm-${version}`;
  await unlessThere(tag, async (work) => {
    const root = join(work, "root");
    const packages = "--include=apt,busybox-static,ca-certificates,libatomic1,libstdc++6,python3-pip";
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

/** Builds an image with proxyv2's layout and a fake pilot-agent, and the README's Dockerfile on top. */
async function buildReplaced(base: string, label: string): Promise<void> {
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
    const stock = `${OURS}:proxyv2`;
    await bud({ file: join(work, "Dockerfile"), context: work, tag: stock });
    await bud({
      file: join(ROOT, "examples/proxyv2/Dockerfile"),
      context: join(ROOT, "dist"),
      tag: REPLACED,
      values: { PROXYV2: stock },
      options: ["--label", label],
    });
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

import { describe, expect, test } from "bun:test";
import { cpSync, existsSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { envoyIs, fixture, newPlace, OFFLINE, type Place, textsOf } from "../scenarios/support.ts";
import { BINARY, ROOT } from "../support/subject.ts";
import { commandsIn } from "./commands-in.ts";

const DOCUMENTS = ["README.md", "USAGE.md", ...new Glob("docs/*.md").scanSync(ROOT)];
const EXAMPLES = [...new Glob("examples/**/*").scanSync(ROOT)];
/** In a copy of the sources, as a clone would be. */
const SOURCES = [
  "package.json",
  "package-lock.json",
  "bunfig.toml",
  "tsconfig.json",
  "build",
  "src",
  "templates",
  "examples/hello",
  "test/support",
];
const PAGES = [...OFFLINE, process.execPath, join(import.meta.dir, "fixtures/beside-a-proxy.ts")];
/** In a network of its own with the address of a pod, whatever the machine has. */
const WITH_ADDRESS = [
  ...OFFLINE,
  "sh",
  "-c",
  'ip link add eth0 type veth peer name outside && ip addr add 10.244.0.16/24 dev eth0 && ip link set eth0 up && exec "$@"',
  "sh",
];
/** What runs a command in its place. */
const WRAPS = {
  pod: [],
  "pod with a network": OFFLINE,
  "pod without certificates": OFFLINE,
  "pod with an address": WITH_ADDRESS,
  "beside a proxy": PAGES,
  clone: [],
} as const;

/** What a command that is run here shows. */
interface Run {
  readonly where: keyof typeof WRAPS;
  readonly status?: number;
  /** In what it prints, or in its log. */
  readonly shows: RegExp;
}

/** What runs a command that cannot be run here: files, each with texts that it contains. */
type Elsewhere = readonly (readonly [file: string, ...texts: readonly string[]])[];

const BOOTSTRAP = /^{\n {2}"[\s\S]*"admin": \{/;
const IMAGES = "test/container/images.ts";
const STARTED = /Epoch 0 exited: exit status 0/;

const RUN: Readonly<Record<string, Run>> = {
  "attache about": { where: "pod", shows: /Version +\d/ },
  "attache --version": { where: "pod", shows: /^attache \d\S+ \(profile istio-1.30\)$/m },
  "attache help": { where: "pod", shows: /^Available Commands:$/m },
  "attache help proxy": { where: "pod", shows: /--concurrency int/ },
  "attache help run": { where: "pod", shows: /OnFailure/ },
  "attache help wait": { where: "pod", shows: /lifecycle: {postStart/ },
  "attache --profile istio-1.6 help proxy": { where: "pod", shows: /--serviceregistry string/ },
  "attache istio-iptables -i '*' -b '*' --explain": {
    where: "pod with an address",
    shows: /everything: continues in ISTIO_REDIRECT/,
  },
  "attache --profile istio-1.6 istio-clean-iptables --dry-run": { where: "pod", shows: /^iptables -t nat -X ISTIO_OUTPUT$/m },
  "attache version --short": { where: "pod", shows: /^client version: \d/ },
  "attache version --output json": { where: "pod", shows: /^{\n {2}"clientVersion": {/ },
  "attache render sidecar --xds file:/etc/envoy": { where: "pod", shows: BOOTSTRAP },
  "attache render sidecar --xds file:/etc/envoy --format argv": { where: "pod", shows: /^-c\n/ },
  "attache render sidecar --section node -o yaml --mask-secrets": { where: "pod", shows: /^id: sidecar~/ },
  "attache --profile istio-1.6 render router": { where: "pod", shows: BOOTSTRAP },
  "attache render --xds file:examples/hello --section node -o yaml --mask-secrets": {
    where: "pod without certificates",
    shows: /^id: sidecar~/,
  },
  "attache explain --xds file:examples/hello node.id": { where: "pod without certificates", shows: /^node\.id: "sidecar~/m },
  "attache explain --xds file:examples/hello --all": { where: "pod without certificates", shows: /^Inputs without effect:$/m },
  "attache explain --xds file:examples/hello --html page.html": {
    where: "pod without certificates",
    shows: /^Wrote "page.html": \d+ values, \d+ inputs$/m,
  },
  "attache validate --xds file:examples/hello": {
    where: "pod without certificates",
    shows: /^0 errors, \d+ warnings?; (?:not )?checked by Envoy/m,
  },
  "attache explain node.id": { where: "pod", shows: /^node\.id: "sidecar~/m },
  "attache explain --all": { where: "pod", shows: /^Inputs without effect:$/m },
  "attache validate": { where: "pod", shows: /^0 errors, \d+ warnings?; (?:not )?checked by Envoy/m },
  "attache proxy sidecar": { where: "pod", shows: STARTED },
  "PROXY_CONFIG='{discoveryAddress: \"10.0.0.7:15012\"}' ISTIOD_SAN=istiod.istio-system.svc attache proxy sidecar": {
    where: "pod with a network",
    shows: STARTED,
  },
  "PROXY_CONFIG='{discoveryAddress: \"10.0.0.7:15010\", controlPlaneAuthPolicy: NONE}' attache proxy router": {
    where: "pod without certificates",
    shows: STARTED,
  },
  "attache proxy sidecar --xds file:examples/hello": { where: "pod", shows: STARTED },
  "attache proxy router --xds file:/etc/envoy": { where: "pod", shows: STARTED },
  "attache proxy sidecar --drain lossless --grace-period 60": {
    where: "pod",
    shows: /grace period 60 s[\s\S]*Epoch 0 exited: exit status 0/,
  },
  "attache wait": { where: "beside a proxy", shows: /Envoy is ready!/ },
  "attache wait --timeoutSeconds 120": { where: "beside a proxy", shows: /Envoy is ready!/ },
  "attache wait --url http://localhost:15020/healthz/ready": { where: "beside a proxy", shows: /Envoy is ready!/ },
  "attache request GET clusters": { where: "beside a proxy", shows: /^page\n/ },
  "attache request POST 'logging?level=debug'": { where: "beside a proxy", shows: /^page\n/ },
  "attache request --debug-port 15020 POST drain": { where: "beside a proxy", shows: /^page\n/ },
  "attache run -- ./job --once": { where: "beside a proxy", shows: /^the job: --once\n/ },
  "attache run --quit on-success -- ./job": { where: "beside a proxy", shows: /^the job: \n/ },
  "attache run --timeoutSeconds 10 -- sh -c 'exit 3'": { where: "beside a proxy", status: 3, shows: /Envoy is ready!/ },
  "attache render sidecar --xds file:examples/hello": { where: "pod", shows: BOOTSTRAP },
  "attache render --xds file:examples/hello --format argv": { where: "pod", shows: /^-c\n/ },
  "attache render --xds file:examples/hello --format launch": { where: "pod", shows: /"profile": "istio-1.30"/ },
  "PROXY_CONFIG='{discoveryAddress: \"localhost:15010\"}' attache --profile istio-1.6 render router": {
    where: "pod",
    shows: BOOTSTRAP,
  },
  "npm run dev -- render sidecar --xds file:examples/hello": { where: "clone", shows: /"admin": \{/ },
  "npm run usage": { where: "clone", shows: /write-usage/ },
};

const ELSEWHERE: Readonly<Record<string, Elsewhere>> = {
  "attache istio-iptables -i '*' -b '*' -d 15090,15021,15020": [["test/conformance/iptables.test.ts", "on the binary"]],
  "attache istio-iptables -i '*' -b '*' --check": [["test/host/iptables.test.ts", "--check"]],
  "attache --profile <name>": [["test/redirection/failed-step.test.ts", "--profile"]],
  "npm run parity": [["package.json", "exec bun test/support/write-parity.ts"]],
  "attache explain --from-file pod.yaml node.cluster": [["test/explain/explain.test.ts", "--from-file=pod.yaml"]],
  "attache explain --from-file pod.yaml --html page.html": [["test/explain/page/page.test.ts", "--html=page.html", "--from-file=a.yaml"]],
  "attache explain --from-file a.yaml --from-file b.yaml --html -": [
    ["test/explain/page/page.test.ts", "--html=-", '"--from-file=a.yaml", "--from-file=b.yaml"'],
  ],
  "attache explain --from-pid 4711 node.id": [["test/scenarios/from-pid.test.ts", '"explain"', '"--from-pid"']],
  "attache explain --from-pid 4711 node.cluster": [["test/scenarios/from-pid.test.ts", '"explain"', '"--from-pid"']],
  "attache diff /etc/istio/proxy/envoy-rev.json": [["test/scenarios/epoch-file.test.ts", '"diff", "etc/istio/proxy/envoy-rev.json"']],
  "attache diff --from-pid 4711 pod.yaml": [["test/scenarios/from-pid.test.ts", '"diff", file, ...from']],
  "kubectl get: <reason>": [["test/binary/kubectl-plugin.test.ts", "kubectl get: exit status 1"]],
  "kubectl is not in PATH": [["test/binary/kubectl-plugin.test.ts", "kubectl is not in PATH"]],
  "kubectl attache explain deploy/reviews node.cluster": [["test/kubernetes/plugin.test.ts", '"explain", "deploy/sidecar", "node.id"']],
  "kubectl attache explain deploy/reviews --html page.html": [["test/commands/kubectl-plugin.test.ts", '"--html=-"']],
  "kubectl attache explain reviews-5b97cfb8f9-x2v4p --all": [["test/commands/kubectl-plugin.test.ts", '"--all"']],
  "kubectl attache render reviews-5b97cfb8f9-x2v4p": [["test/kubernetes/plugin.test.ts", '"render", nameOf(pod)']],
  "kubectl attache render deploy/reviews --format argv": [["test/commands/kubectl-plugin.test.ts", '"--format=argv"']],
  "kubectl attache diff reviews-x2v4p reviews-w7k2m": [["test/kubernetes/plugin.test.ts", '"diff", nameOf(first)']],
  "kubectl attache diff deploy/reviews deploy/ratings": [["test/commands/kubectl-plugin.test.ts", '"diff", "deploy/reviews"']],
  "kubectl attache diff deploy/reviews --profile istio-1.30 --profile istio-1.31": [
    ["test/commands/kubectl-plugin.test.ts", '"--profile=istio-1.28", "--profile=istio-1.31"'],
  ],
  "attache explain --from-file examples/kubernetes/sidecar.yaml --container proxy node.id": [
    ["test/explain/examples.test.ts", '"explain", "--all", "-o", "json", `--from-file=${file}`, "--container=proxy"'],
  ],
  "attache validate --from-file pod.yaml --strict": [["test/explain/validate.test.ts", '"--from-file", FILE, "--strict"']],
  "attache validate --from-file pod.yaml -o sarif": [["test/explain/validate.test.ts", '"validate", "-o", "sarif"']],
  "kubectl attache validate deploy/reviews": [["test/commands/kubectl-plugin.test.ts", '"validate", "deploy/reviews"']],
  "kubectl get pod reviews-x2v4p -o yaml | attache explain --from-file - node.id": [
    ["test/scenarios/manifest-input.test.ts", 'cat pod.yaml | "$0" "$@" --from-file -'],
  ],
  "attache diff a.yaml b.yaml": [["test/explain/diff.test.ts", 'diff("a.yaml", "b.yaml")']],
  "attache diff --profile istio-1.30 --profile istio-1.31 pod.yaml": [["test/explain/diff.test.ts", '"--profile"']],
  "npm start": [["test/support/first-command.sh", "npm start"]],
  "npm start -- --check": [["test/support/first-command.sh", "npm start --silent -- --check"]],
  "npm test": [[".ci/run", "npm test"]],
  ".ci/run": [[".ci/run", "npm test"]],
  "POD_NAME=shop-1 POD_NAMESPACE=default SERVICE_ACCOUNT=shop attache proxy sidecar": [
    ["test/mesh/lab/pod.ts", "POD_NAME: name", "SERVICE_ACCOUNT: serviceAccount", '"proxy", role'],
    ["test/mesh/lab/pod.ts", "var/run/secrets/tokens/istio-token", "var/run/secrets/istio/root-cert.pem"],
  ],
  "npm run build": [
    ["package.json", "exec bun build.ts"],
    ["test/binary/build.test.ts", '"build.ts"'],
  ],
  "install -m 0755 dist/attache /usr/local/bin/attache": [["Dockerfile", "install -m 0755 dist/attache"]],
  "npm run build -- --all": [
    ["package.json", "exec bun build.ts"],
    ["test/long/all-targets.test.ts", "build.ts --all"],
  ],
  "npm run image-sizes -- IMAGE.tar": [["test/long/image.test.ts", "build/image-sizes.ts"]],
  "npm run schemas": [
    ["package.json", "exec bun test/schemas/write.ts"],
    ["test/long/schemas.test.ts", "await schemaFiles()"],
  ],
  "npm run test:endurance": [
    ["package.json", "exec bun test/run.ts endurance"],
    ["test/run.ts", '"endurance"'],
  ],
  "npm run test:endurance -- 2": [
    ["package.json", "exec bun test/run.ts endurance"],
    ["test/run.ts", "ATTACHE_ENDURANCE_MINUTES"],
  ],
  "npm run test:endurance -- mesh": [
    ["package.json", "exec bun test/run.ts endurance"],
    ["test/run.ts", "endurance in a mesh"],
  ],
  "npm run test:endurance -- mesh 2": [
    ["package.json", "exec bun test/run.ts endurance"],
    ["test/run.ts", "ATTACHE_ENDURANCE_MINUTES"],
  ],
  "npm run test:kubernetes": [
    ["package.json", "exec bun test/kubernetes/run.ts"],
    ["README.md", "run before each release"],
  ],
  "npm run test:mesh": [
    ["package.json", "exec bun test/pods/run.ts"],
    ["test/run.ts", "pods of a mesh"],
  ],
  "npm run test:mutations": [
    ["package.json", "exec bun test/mutations/run.ts"],
    ["test/run.ts", "test/mutations/run.ts"],
  ],
  "npm run release": [
    ["package.json", "exec bun build/release.ts"],
    ["test/long/release.test.ts", "build/release.ts"],
  ],
  "npm run test:only -- ./test/conformance": [["test/run.ts", "recorded cases on the binary", "pure code"]],
  "npm run test:only -- ./test/documents": [["test/run.ts", "documents", "pure code"]],
  "docker build -t attache:0.1.0 .": [[IMAGES, '"buildah", "bud"', '"Dockerfile"']],
  "buildah bud -t attache:0.1.0 .": [[IMAGES, '"buildah", "bud"', '"Dockerfile"']],
  "docker build --build-arg BASE=your-base -t attache:0.1.0 .": [
    [IMAGES, "--build-arg", "BASE"],
    ["Dockerfile", "ARG BASE"],
  ],
  "docker build --target debug -t attache:0.1.0-debug .": [
    [IMAGES, "--target", "debug"],
    ["Dockerfile", "AS debug"],
  ],
  "docker build --target init -t attache:0.1.0-init .": [
    [IMAGES, "--target", "init"],
    ["Dockerfile", "AS init"],
  ],
  "docker build -f examples/proxyv2/Dockerfile --build-arg PROXYV2=your-proxyv2-image -t your-image dist": [
    [IMAGES, "examples/proxyv2/Dockerfile", "PROXYV2"],
  ],
  "docker build -f examples/proxyv2/Dockerfile --build-arg PROXYV2=… dist": [[IMAGES, "examples/proxyv2/Dockerfile", "PROXYV2"]],
};

/** Scripts that run every test: whether the script leads to the steps it should is all that is tried here. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  "npm run check": ["types", "lint", "pure code"],
  "npm run test:container": ["build", "containers"],
  "npm run test:long": ["scenarios", "containers", "release"],
};

const found = [
  ...DOCUMENTS.flatMap((file) => commandsIn(readFileSync(join(ROOT, file), "utf8"), true)),
  ...EXAMPLES.flatMap((file) => commandsIn(readFileSync(join(ROOT, file), "utf8"), false)),
];

test("every command of the documents and examples is run here or elsewhere, and no other", () => {
  const known = [RUN, ELSEWHERE, STEPS].flatMap((each) => Object.keys(each)).concat(BENCH);
  expect(found.filter((command) => !known.includes(command))).toEqual([]);
  expect(known.filter((command) => !found.includes(command))).toEqual([]);
});

test.concurrent.each(Object.entries(RUN))("%s", async (command, { where, status = 0, shows }) => {
  using place = placeOf(where);
  const ended = await place.run({ name: "shell", command: ["sh", "-c"] }, [inPlace(command, place)], {
    env: {
      ...(/\bproxy\b/.test(command) ? envoyIs("touches-marker") : {}),
      HOME: place.directory,
      PATH: `${place.path("bin")}:${process.env["PATH"]}`,
    },
    wrap: WRAPS[where],
  });
  const said = `${ended.stdout}${ended.stderr}`;
  expect([said, ended.status]).toEqual([expect.stringMatching(shows), status]);
  if (command === "npm run usage") expect(place.read("USAGE.md")).toBe(readFileSync(join(ROOT, "USAGE.md"), "utf8"));
  if (/\bproxy (sidecar|router)/.test(command)) expect(place.has("started")).toBe(true);
});

describe("run elsewhere", () => {
  test.each(Object.entries(ELSEWHERE))("%s", (_, places) => {
    for (const [file, ...texts] of places) for (const each of texts) expect(readFileSync(join(ROOT, file), "utf8")).toContain(each);
  });

  test.each(Object.entries(STEPS))("%s leads to its steps", async (command, steps) => {
    const lines = await printedBy(["npm", "run", "--silent", command.replace("npm run ", ""), "--", "--list"]);
    expect(lines.split("\n")).toEqual(expect.arrayContaining([...steps]));
  });
});

const BENCH = "npm run bench";

test(`${BENCH}, a round of the starts`, async () => {
  const bench = ["npm", "run", "--silent", "bench", "--", "--start-only", "--json"];
  expect(JSON.parse(await printedBy(bench, { BENCH_ROUNDS: "1" }))).toHaveProperty("starts");
}, 60_000);

test("the refusal in the README is one", async () => {
  using place = newPlace();
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const [, shown = ""] = /^```\n(Cannot use proxy config:\n[\s\S]*?)\n```/m.exec(readme) ?? [];
  const PROXY_CONFIG = "statusPort: 0\nconcurrency: 2\ndrainDuration: 1ms\n";
  const { status, stderr } = await place.run(BINARY, ["proxy"], { env: { PROXY_CONFIG } });
  const line = shown.replace(/:\n {2}- /, ": ").replace(/\n {2}- /g, "; ");
  expect([status, textsOf("error", stderr)]).toEqual([255, [line]]);
});

test("the version in the documents is the package's", () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const tags = [...DOCUMENTS, ...EXAMPLES].flatMap((file) => [
    ...readFileSync(join(ROOT, file), "utf8").matchAll(/\battache:(\d+\.\d+\.\d+)/g),
  ]);
  expect(tags.length).toBeGreaterThan(5);
  expect(tags.filter(([, tag]) => tag !== version)).toEqual([]);
});

/** A directory to run a command in: as a pod's, with `attache` on PATH, or as a clone's. */
function placeOf(where: Run["where"]): Place {
  if (!existsSync(BINARY.command[0] ?? "")) throw new Error("There is no dist/attache: npm run build makes it");
  const place = newPlace();
  const attache = BINARY.command[0] ?? "";
  if (where === "clone") {
    for (const name of SOURCES) cpSync(join(ROOT, name), place.path(name), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), place.path("node_modules"));
    place.write("dist/.keep", "");
    place.link(attache, "dist/attache");
  } else {
    place.write("bin/.keep", "");
    place.link(attache, "bin/attache");
    place.write("job", '#!/bin/sh\necho "the job: $*"\n', 0o755);
    place.write("var/run/secrets/tokens/istio-token", "token");
    cpSync(join(ROOT, "examples/hello"), place.path("examples/hello"), { recursive: true });
    // For a command that sets PROXY_CONFIG itself.
    place.link(fixture("touches-marker"), "bin/envoy");
    if (where === "pod without certificates") rmSync(place.path("var/run/secrets"), { recursive: true });
  }
  return place;
}

/** The command with what it names put in the place. */
function inPlace(command: string, place: Place): string {
  return command.replace("file:/etc/envoy", `file:${place.path("examples/hello")}`);
}

async function printedBy(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const child = Bun.spawn([...command], { cwd: ROOT, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status}: ${err}`);
  return out;
}

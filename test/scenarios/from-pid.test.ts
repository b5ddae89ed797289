import { describe, expect, test } from "bun:test";
import { chmodSync, realpathSync } from "node:fs";
import { BINARY, SUBJECTS, type Subject } from "../support/subject.ts";
import { childOf, eventually, fixture, IS_ROOT, messagesIn, newPlace, OFFLINE, type Place } from "./support.ts";

/**
 * Makes a root directory with its own /etc, /var and network, and runs a program in it. Of the machine it has the programs; its labels are a
 * link that leads elsewhere outside of it.
 */
const MAKE_ROOT = `
set -e
root=$1; agent=$2; envoy=$3; shift 3
mount -t tmpfs none "$root"
for each in bin lib lib64 usr proc dev; do mkdir -p "$root/$each"; mount --rbind "/$each" "$root/$each"; done
touch "$root/agent" "$root/envoy"
mount --bind "$agent" "$root/agent"
mount --bind "$envoy" "$root/envoy"
mkdir -p "$root/etc/istio/pod" "$root/etc/istio/config" "$root/var/run/secrets/istio" "$root/tmp"
printf "%s\\n" "-----BEGIN CERTIFICATE-----" "-----END CERTIFICATE-----" > "$root/var/run/secrets/istio/root-cert.pem"
echo '{"defaultConfig": {"concurrency": 3}}' > "$root/etc/istio/config/mesh"
printf 'app="reviews"' > "$root/labels"
ln -s /labels "$root/etc/istio/pod/labels"
mkfifo "$root/etc/istio/pod/annotations"
ip link set lo up
ip link add eth0 type veth peer name other
ip addr add 10.9.8.7/24 dev eth0
ip link set eth0 up
exec chroot "$root" "$@"
`;

interface Agent {
  readonly pid: number;
  readonly arguments: readonly string[];
}

/** Starts an agent, with a program that stands in for Envoy, in a root directory of its own. */
async function startAgent(place: Place): Promise<Agent> {
  place.write("root/.keep", "");
  place.write("labels", 'app="outside"');
  const [agent = "", envoy] = [BINARY.command[0], realpathSync(fixture("exits-on-term"))];
  const wrap = [
    "unshare",
    "--mount",
    "--net",
    "sh",
    "-c",
    MAKE_ROOT,
    "sh",
    place.path("root"),
    realpathSync(agent),
    envoy,
    "env",
    "ISTIO_META_ISTIO_VERSION=1.30.3",
    "POD_NAMESPACE=bookinfo",
    "CA_HEADER_TOKEN=abcdef123456",
    'PROXY_CONFIG={"binaryPath":"/envoy"}',
  ];
  const running = place.start({ name: "agent", command: [...wrap, "/agent"] }, ["proxy", "sidecar", "--domain", "example.org"], {
    env: { EXIT_CODE: "0" },
  });
  await running.said("ready\n");
  return { pid: running.pid, arguments: ["--from-pid", String(running.pid)] };
}

test.if(IS_ROOT)("a running agent: what is rendered is the file that it wrote", async () => {
  using place = newPlace();
  const { pid, arguments: from } = await startAgent(place);
  const written = await Bun.file(`/proc/${pid}/root/etc/istio/proxy/envoy-rev.json`).text();
  for (const subject of SUBJECTS) {
    const { stdout, stderr, status } = await place.run(subject, ["render", ...from]);
    expect([status, stdout]).toEqual([0, written]);
    // Nothing waits for a writer of the pipe.
    expect(messagesIn(stderr).map(({ text }) => text)).toContainEqual(
      'Not known: file "/etc/istio/pod/annotations" (is not a regular file)',
    );
    expect(JSON.parse(stdout).node).toMatchObject({ id: expect.stringContaining("~10.9.8.7~"), cluster: "reviews.bookinfo" });
  }
});

test.if(IS_ROOT).each(SUBJECTS.map((subject) => [subject.name, subject] as const))(
  "%s: a running agent is explained and compared",
  async (_, subject) => {
    using place = newPlace();
    const { pid, arguments: from } = await startAgent(place);
    const { stdout } = await place.run(subject, ["explain", "argv[--concurrency]", "node.cluster", ...from]);
    expect(stdout).toStartWith(`process ${pid} (agent), profile istio-1.30\n`);
    expect(stdout).toContain("defaultConfig.concurrency in the mesh config file = 3");
    expect(stdout).toContain('pod label app = "reviews"');
    expect(stdout).not.toContain("abcdef123456");

    const file = `/proc/${pid}/root/etc/istio/proxy/envoy-rev.json`;
    expect(await place.run(subject, ["diff", file, ...from])).toMatchObject({ status: 0, stdout: "" });
    expect(await place.run(subject, ["diff", ...from, ...from])).toMatchObject({ status: 0, stdout: "" });
    const other = await place.run(subject, ["diff", ...from, ...from, "--profile", "istio-1.30", "--profile", "istio-1.6"]);
    expect([other.status, other.stdout]).toEqual([1, expect.stringContaining("process")]);
  },
);

test.if(IS_ROOT)("the Envoy of a running agent leads to the agent", async () => {
  using place = newPlace();
  const { pid } = await startAgent(place);
  const envoy = String(childOf(pid));
  const { status, stderr } = await place.run(BINARY, ["render", "--from-pid", envoy]);
  expect([status, stderr]).toEqual([
    255,
    expect.stringContaining(`Cannot use process ${envoy}: it is Envoy; give its agent, process ${pid}`),
  ]);
});

const SLEEP: Subject = { name: "sleep", command: ["sh", "-c", "echo ready >&2; exec sleep 60"] };

test.each(SUBJECTS.map((subject) => [subject.name, subject] as const))("%s: a process that is no agent", async (_, subject) => {
  using place = newPlace();
  const running = place.start(SLEEP, [], { env: { POD_NAMESPACE: "n", INSTANCE_IP: "10.1.1.1", POD_NAME: "p" } });
  await running.said("ready\n");
  const { stdout, stderr, status } = await place.run(subject, ["render", "--from-pid", String(running.pid)]);
  expect(status).toBe(0);
  expect(JSON.parse(stdout).node.id).toBe("sidecar~10.1.1.1~p.n~n.svc.cluster.local");
  expect(stderr).toContain("Not known: arguments (the process is not an agent); shown as proxy");
});

const VALIDATES = `#!/bin/sh
case " $* " in *" --mode validate "*) echo "configuration 'x' OK"; exit 0;; esac
echo ready >&2
trap 'exit 0' TERM
while :; do sleep 0.1; done
`;

describe.each(SUBJECTS)("validate --from-pid, $name: the Envoy of the process is asked", (subject) => {
  const CONFIG = { discoveryAddress: "localhost:15010", controlPlaneAuthPolicy: "NONE", terminationDrainDuration: "0s" };

  test.each([
    ["of a variable", { ATTACHE_ENVOY_PATH: "./bin/envoy" }],
    ["on its PATH", { ATTACHE_ENVOY_PATH: "envoy" }],
    ["of its ProxyConfig", { PROXY_CONFIG: JSON.stringify({ ...CONFIG, binaryPath: "./bin/envoy" }) }],
  ])("%s", async (_, env) => {
    using place = newPlace();
    place.write("bin/envoy", VALIDATES, 0o755);
    const running = place.start(subject, ["proxy"], {
      env: { PROXY_CONFIG: JSON.stringify(CONFIG), PATH: `${place.path("bin")}:/usr/bin:/bin`, ...env },
      wrap: OFFLINE,
    });
    await running.said("ready\n");
    const wrap = ["nsenter", ...(IS_ROOT ? [] : ["-U", "--preserve-credentials"]), "-n", "-t", String(running.pid)];
    const { stdout } = await place.run(subject, ["validate", "--from-pid", String(running.pid)], { wrap, env: { PATH: "/usr/bin:/bin" } });
    expect(stdout).toContain(`; checked by Envoy "${place.path("bin/envoy")}"\n`);
    running.signal("SIGTERM");
    await running.ended;
  });

  test("of another user it is not run", async () => {
    if (!IS_ROOT) return;
    using place = newPlace();
    place.write("bin/envoy", `#!/bin/sh\nif [ "$(id -u)" = 0 ]; then touch ${place.path("ran")}; fi\n${VALIDATES.slice(10)}`, 0o755);
    chmodSync(place.directory, 0o777);
    const running = place.start(subject, ["proxy"], {
      env: { PROXY_CONFIG: JSON.stringify(CONFIG), ATTACHE_ENVOY_PATH: "./bin/envoy" },
      wrap: [...OFFLINE, "setpriv", "--reuid", "1337", "--regid", "1337", "--clear-groups"],
    });
    await running.said("ready\n");
    const wrap = ["nsenter", "-n", "-t", String(running.pid)];
    const args = ["validate", "--from-pid", String(running.pid)];
    const { stdout } = await place.run(subject, args, { wrap, env: { PATH: "/usr/bin:/bin" } });
    expect([place.has("ran"), stdout]).toEqual([
      false,
      expect.stringContaining(
        "Not checked by Envoy: that of the process is not run from here, as it belongs to another user or container, and there is no other",
      ),
    ]);
    running.signal("SIGTERM");
    await running.ended;
  });
});

test.each([
  ["a text", ["--from-pid", "self"], "Cannot use --from-pid self: it must be the ID of a process"],
  ["zero", ["--from-pid", "0"], "Cannot use --from-pid 0: it must be the ID of a process"],
  ["a process that does not exist", ["--from-pid", "4999999"], "Cannot use process 4999999: there is no such process"],
  ["a file too", ["--from-pid", "1", "--from-file", "x"], "Cannot use --from-file together with --from-pid"],
  ["a container", ["--from-pid", "1", "--container", "x"], "Cannot use --container without --from-file"],
])("refused: %s", async (_, words, problem) => {
  using place = newPlace();
  for (const command of ["render", "explain"]) {
    const { status, stderr, stdout } = await place.run(BINARY, [command, ...words]);
    expect([status, stdout, messagesIn(stderr).map(({ text }) => text)]).toEqual([255, "", [problem]]);
  }
});

test.if(IS_ROOT)("refused: the process of another user, who is named", async () => {
  using place = newPlace();
  const running = place.start(SLEEP, []);
  await running.said("ready\n");
  const wrap = ["setpriv", "--reuid", "1337", "--regid", "1337", "--clear-groups"];
  const { status, stderr } = await place.run(BINARY, ["explain", "--from-pid", String(running.pid)], { wrap });
  expect([status, messagesIn(stderr).map(({ text }) => text)]).toEqual([
    255,
    [`Cannot use process ${running.pid}: permission denied; run attache as user 0, or as root`],
  ]);
});

test("a process that exits meanwhile is refused, never half read", async () => {
  using place = newPlace();
  const running = place.start({ name: "sh", command: ["sh", "-c", "echo ready >&2"] }, []);
  await running.ended;
  await eventually(async () => {
    const { stderr } = await place.run(BINARY, ["render", "--from-pid", String(running.pid)]);
    return stderr.includes("there is no such process");
  }, "the process is gone");
});

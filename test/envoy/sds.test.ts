import { expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { DISCOVERY_REQUEST, DISCOVERY_RESPONSE, NODE } from "../../src/mesh/discovery.ts";
import { join as joinPieces } from "../../src/mesh/pieces.ts";
import { decode } from "../../src/mesh/protobuf-reader.ts";
import { encode } from "../../src/mesh/protobuf-writer.ts";
import { SECRET_TYPE, secretResource } from "../../src/mesh/secret-message.ts";
import { servableSet } from "../conformance/mesh/transcripts.ts";
import { type Authority, createAuthority } from "../mesh/lab/authority.ts";
import { type ControlPlane, startControlPlane } from "../mesh/lab/control-plane.ts";
import { type Pod, startPod } from "../mesh/lab/pod.ts";
import { eventually } from "../support/eventually.ts";
import { ROOT } from "../support/subject.ts";
import { ENVOY } from "./support.ts";

// A real Envoy that gets its certificates from the agent's SDS server, or from another process.

const IDENTITY = "spiffe://cluster.local/ns/default/sa/ingress";
const WORKLOAD_SOCKET = "var/run/secrets/workload-spiffe-uds/socket";
const CREDENTIAL_SOCKET = "var/run/secrets/credential-uds/socket";
const FILES_SOCKET = "var/run/secrets/credential-uds/files-socket";
const METHOD = "/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets";
const raw = (data: Buffer) => data;

interface Mesh extends AsyncDisposable {
  readonly authority: Authority;
  readonly ca: ControlPlane;
  readonly plane: ControlPlane;
  /** Starts a gateway that connects to the control plane itself, which demands a certificate. `prepared`: what its directory has before. */
  readonly gateway: (prepared: string, environment?: Readonly<Record<string, string>>) => Promise<Pod>;
}

async function startMesh(): Promise<Mesh> {
  const authority = await createAuthority();
  const setting = { authority, resources: servableSet("gateway"), identity: IDENTITY };
  const [ca, plane] = await Promise.all([
    startControlPlane({ ...setting, tls: "server", token: "token" }),
    startControlPlane({ ...setting, tls: "mutual" }),
  ]);
  return {
    authority,
    ca,
    plane,
    gateway: (prepared, environment = {}) =>
      startPod({
        command: ["sh", "-c", `cp -a "${prepared}/." . && exec "$@"`, "sh", join(ROOT, "dist/attache")],
        authority,
        discovery: `localhost:${plane.port}`,
        role: "router",
        name: "ingress",
        labels: { istio: "ingress" },
        arguments: ["--xds", "direct"],
        proxyConfig: { binaryPath: ENVOY },
        environment: { CA_ADDR: `localhost:${ca.port}`, ...environment },
      }),
    async [Symbol.asyncDispose]() {
      await Promise.all([ca[Symbol.asyncDispose](), plane[Symbol.asyncDispose]()]);
    },
  };
}

/** A directory that goes with the scope. */
function temporary(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "attache-sds-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

interface ForeignServer extends Disposable {
  readonly requested: readonly string[];
}

/** An SDS server of another library, as a SPIFFE agent has one. */
async function foreignServer(socket: string, { workload, root }: Authority): Promise<ForeignServer & AsyncDisposable> {
  const { key, chain } = await workload(IDENTITY);
  const requested: string[] = [];
  const server = new grpc.Server();
  const definition = {
    path: METHOD,
    requestStream: true,
    responseStream: true,
    requestSerialize: raw,
    requestDeserialize: raw,
    responseSerialize: raw,
    responseDeserialize: raw,
  } as const;
  server.addService(
    { StreamSecrets: definition },
    {
      StreamSecrets(call: grpc.ServerDuplexStream<Buffer, Buffer>) {
        call.on("error", () => {});
        call.on("end", () => call.end());
        call.on("data", (data: Buffer) => {
          const { resourceNames, responseNonce } = decode(DISCOVERY_REQUEST, [data]);
          if (responseNonce !== "") return;
          requested.push(...resourceNames);
          const resources = resourceNames.map((name) =>
            name === "ROOTCA"
              ? secretResource(name, { kind: "validation", roots: Buffer.from(root) }, {})
              : secretResource(name, { kind: "certificate", chain: Buffer.from(chain), key: Buffer.from(key) }, {}),
          );
          const response = encode(DISCOVERY_RESPONSE, { versionInfo: "1", nonce: "1", typeUrl: SECRET_TYPE, resources });
          call.write(Buffer.from(joinPieces(response)));
        });
      },
    },
  );
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(`unix:${socket}`, grpc.ServerCredentials.createInsecure(), (error) => (error === null ? resolve() : reject(error))),
  );
  const stop = () => server.forceShutdown();
  return { requested, [Symbol.dispose]: stop, [Symbol.asyncDispose]: async () => stop() };
}

/** Requests a secret. Returns the number of resources, or the status. */
function request(socket: string, name: string): Promise<string> {
  const client = new grpc.Client(`unix:${socket}`, grpc.credentials.createInsecure());
  const call = client.makeBidiStreamRequest(METHOD, raw, raw);
  const node = encode(NODE, { id: "router~10.77.0.12~ingress.default~default" });
  call.write(Buffer.from(joinPieces(encode(DISCOVERY_REQUEST, { node, resourceNames: [name] }))));
  return new Promise<string>((resolve) => {
    call.on("data", (data: Buffer) => {
      resolve(`${decode(DISCOVERY_RESPONSE, [data]).resources.length} resource`);
      call.cancel();
    });
    call.on("error", ({ code, details }: grpc.ServiceError) => resolve(`${code} ${details}`));
  }).finally(() => client.close());
}

test("a gateway is ready with a certificate of the CA, where a stale socket was", async () => {
  await using mesh = await startMesh();
  using before = temporary();
  const socket = join(before.path, WORKLOAD_SOCKET);
  mkdirSync(dirname(socket), { recursive: true });
  const stale = Bun.listen({ unix: socket, socket: { data() {} } });
  // A copy of the socket is one that nothing listens on.
  await using pod = await mesh.gateway(before.path);
  await pod.ready();
  stale.stop(true);
  expect(await pod.admin("/certs")).toContain(IDENTITY);
  expect(pod.log()).toMatch(/Removing the stale socket ".*workload-spiffe-uds\/socket": no gRPC server answers on it/);
  expect([mesh.ca.certificates.issued, mesh.plane.certificates.issued]).toEqual([1, 0]);
  expect(mesh.plane.rejections).toEqual([]);
  expect(statSync(join(pod.directory, WORKLOAD_SOCKET)).mode & 0o777).toBe(0o666);
  expect(existsSync(join(pod.directory, FILES_SOCKET))).toBe(false);
}, 180_000);

test.each([
  ["socket", {}],
  ["own", { WORKLOAD_IDENTITY_SOCKET_FILE: "own" }],
])(
  "with the SDS server of another process at %s, the agent serves files only",
  async (name, environment) => {
    await using mesh = await startMesh();
    using outside = temporary();
    using before = temporary();
    await using foreign = await foreignServer(join(outside.path, name), mesh.authority);
    mkdirSync(join(before.path, "var/run/secrets"), { recursive: true });
    symlinkSync(outside.path, join(before.path, dirname(WORKLOAD_SOCKET)));
    await using pod = await mesh.gateway(before.path, environment);
    await pod.ready();
    expect(foreign.requested.toSorted()).toEqual(["ROOTCA", "default"]);
    expect([mesh.ca.certificates.issued, mesh.plane.certificates.issued]).toEqual([0, 0]);
    const file = join(outside.path, "ca.pem");
    writeFileSync(file, mesh.authority.root);
    const files = join(pod.directory, FILES_SOCKET);
    expect(await request(files, `file-root:${file}`)).toBe("1 resource");
    for (const name of ["default", "ROOTCA", "other"])
      expect(await request(files, name)).toBe(
        `2 failed to generate secret for ${name}: failed to generate workload certificate: attempted to fetch secret, but ca client is nil`,
      );
  },
  180_000,
);

test.each<[names: string, files: readonly string[], environment: Readonly<Record<string, string>>]>([
  ["of Istio", ["cert-chain.pem", "key.pem", "root-cert.pem"], {}],
  ["of GKE", ["certificates.pem", "private_key.pem", "ca_certificates.pem"], { CA_PROVIDER: "GkeWorkloadCertificate" }],
])(
  "certificates that the platform mounts under the names %s need no CA",
  async (_, [chain = "", key = "", root = ""], environment) => {
    await using mesh = await startMesh();
    using before = temporary();
    const directory = join(before.path, "var/run/secrets/workload-spiffe-credentials");
    mkdirSync(directory, { recursive: true });
    const files = await mesh.authority.workload(IDENTITY);
    writeFileSync(join(directory, chain), files.chain);
    writeFileSync(join(directory, key), files.key);
    writeFileSync(join(directory, root), mesh.authority.root);
    await using pod = await mesh.gateway(before.path, { XDS_ROOT_CA: "var/run/secrets/istio/root-cert.pem", ...environment });
    await pod.ready();
    expect(await pod.admin("/certs")).toContain(IDENTITY);
    expect([mesh.ca.certificates.issued, mesh.plane.certificates.issued]).toEqual([0, 0]);
  },
  180_000,
);

test.each([
  ["answers is named in the node", true, "true"],
  ["does not answer is removed", false, undefined],
])(
  "a socket of credentials that %s",
  async (_, answers, credential) => {
    await using mesh = await startMesh();
    using outside = temporary();
    using before = temporary();
    const socket = join(outside.path, "socket");
    await using foreign = answers ? await foreignServer(socket, mesh.authority) : undefined;
    using silent = answers ? undefined : Bun.listen({ unix: socket, socket: { data() {} } });
    expect(foreign ?? silent).toBeDefined();
    const place = join(before.path, dirname(CREDENTIAL_SOCKET));
    mkdirSync(place, { recursive: true });
    symlinkSync(socket, join(place, basename(CREDENTIAL_SOCKET)));
    await using pod = await mesh.gateway(before.path);
    await pod.ready();
    const { node } = await Bun.file(join(pod.directory, "etc/istio/proxy/envoy-rev.json")).json();
    expect(node.metadata.credential).toBe(credential);
    expect(existsSync(join(pod.directory, CREDENTIAL_SOCKET))).toBe(answers);
  },
  180_000,
);

test.each<[what: string, environment: (other: string) => Readonly<Record<string, string>>, reason: RegExp]>([
  [
    "an unknown authority",
    (other) => ({ XDS_ROOT_CA: other }),
    /whose authority is unknown, or which has expired \(.*fail_verify_error: [1-9]/,
  ],
  ["another name", () => ({ ISTIOD_SAN: "other.example" }), /which is for another name \(.*fail_verify_san: [1-9]/],
])(
  "--xds direct: that Envoy does not accept the control plane's certificate is said: %s",
  async (_, environment, reason) => {
    await using mesh = await startMesh();
    using before = temporary();
    const other = join(before.path, "other.pem");
    writeFileSync(other, (await createAuthority("other")).root);
    await using pod = await mesh.gateway(before.path, environment(other));
    await eventually(async () => {
      expect(await pod.isReady()).toBe(false);
      return /NOT ready: CDS not received.*; control plane "localhost:.*/.test(pod.log()) || undefined;
    });
    expect(
      pod
        .log()
        .split("\n")
        .filter((line) => line.includes("; control plane ")),
    ).toEqual([expect.stringMatching(reason)]);
  },
  180_000,
);

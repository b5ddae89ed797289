import * as grpc from "@grpc/grpc-js";
import type { Authority } from "./authority.ts";
import {
  CERTIFICATE_REQUEST,
  CERTIFICATE_RESPONSE,
  type Codec,
  DELTA_REQUEST,
  DELTA_RESPONSE,
  type DeltaRequest,
  type DeltaResponse,
  SOTW_REQUEST,
  SOTW_RESPONSE,
  type SotwRequest,
  type SotwResponse,
} from "./messages.ts";

/** A resource, serialized as `google.protobuf.Any`. */
export interface Resource {
  readonly type: string;
  readonly name: string;
  readonly any: Buffer;
}

/** Returns the resources of the node with an id. */
export type ResourcesOf = (node: string) => readonly Resource[];

/** How a control plane is started. */
export interface Setting {
  readonly authority: Authority;
  /** Absent: plain text, without a certificate authority, as on istiod's port 15010. `mutual`: clients need a certificate. */
  readonly tls?: "server" | "mutual";
  /** What each client is sent; by the id of its node if clients differ. */
  readonly resources: readonly Resource[] | ResourcesOf;
  /** The identity that certificates are signed for; by the token of the caller if callers differ: one without identity is denied. */
  readonly identity: string | ((token: string) => string | undefined);
  /** The only bearer token that is accepted; absent: none is looked at. */
  readonly token?: string;
  /** Seconds that certificates are valid for, whatever is requested. */
  readonly lifetime?: number;
  readonly host?: string;
  readonly port?: number;
}

/** A request that a client has rejected a response with. */
export interface Rejection {
  readonly type: string;
  readonly message: string;
}

/** What a client says about its workload: why it is not healthy; without a problem, it is. */
export interface Health {
  readonly method: string;
  readonly problem?: string;
}

/** A control plane and certificate authority for tests, on a gRPC library that the product does not use. */
export interface ControlPlane extends AsyncDisposable {
  readonly port: number;
  /** Replaces the resources, and sends what has changed to each stream. */
  readonly set: (resources: readonly Resource[] | ResourcesOf) => void;
  /** Sends all resources of a type again to each stream that has requested them. */
  readonly resend: (type: string) => void;
  /** Number of responses that clients have accepted. */
  readonly accepted: { readonly count: number };
  /** Number of streams that were opened, and that are open. */
  readonly streams: { readonly opened: number; readonly open: number };
  /** Metadata of each stream and each call for a certificate, in order. */
  readonly calls: readonly { readonly method: string; readonly metadata: Readonly<Record<string, string>> }[];
  readonly certificates: { readonly issued: number };
  readonly rejections: readonly Rejection[];
  readonly reports: readonly Health[];
  /** Makes the next calls for a certificate fail. */
  readonly failCertificates: (code: grpc.status, message: string, calls?: number) => void;
  /** Signs with another authority from now on, and serves with its certificate from the next start on; `roots`: what clients are sent as roots. */
  readonly setAuthority: (authority: Authority, roots?: string) => void;
  /** Replaces the accepted token. */
  readonly setToken: (token: string) => void;
  /** Ends all streams and connections, as a restart does; `start` listens again on the same port. */
  readonly stop: () => void;
  readonly start: () => Promise<void>;
}

const HEALTH = "type.googleapis.com/istio.v1.HealthInformation";
const ALL_AT_ONCE = /\.(Cluster|Listener|NameTable|ProxyConfig)$/;

interface Stream {
  /** The id of the client's node; empty before its first request. */
  node: string;
  readonly subscriptions: Map<string, Set<string>>;
  /** Sends the resources of a type that changed, if the stream has requested them; `removed`: the names of those that are gone. */
  readonly push: (type: string, changed: readonly Resource[], removed: readonly string[]) => void;
}

/** Starts a control plane on loopback. */
export async function startControlPlane(setting: Setting): Promise<ControlPlane> {
  let resources = byNode(setting.resources);
  let { token, authority } = setting;
  let roots: string | undefined;
  const streams = new Set<Stream>();
  let opened = 0;
  const calls: { method: string; metadata: Record<string, string> }[] = [];
  const rejections: Rejection[] = [];
  let accepted = 0;
  const reports: Health[] = [];
  let failure: { readonly code: grpc.status; readonly message: string; left: number } | undefined;
  let issued = 0;
  let version = 0;

  const note = (method: string, metadata: grpc.Metadata) => {
    const map = metadata.getMap();
    calls.push({ method, metadata: Object.fromEntries(Object.entries(map).map(([name, value]) => [name, String(value)])) });
    // Who has shown a certificate needs no token.
    if (setting.tls !== "server") return true;
    const bearer = bearerOf(metadata);
    return (token === undefined || bearer === token) && identityOf(bearer) !== undefined;
  };
  const identityOf = (caller: string) => (typeof setting.identity === "string" ? setting.identity : setting.identity(caller));
  const denied = { code: grpc.status.UNAUTHENTICATED, details: "authentication failure" };

  const ofType = ({ node }: Stream, type: string, names: ReadonlySet<string> | undefined) =>
    resources(node).filter((each) => each.type === type && (names === undefined || names.has(each.name)));

  const sotw = (call: grpc.ServerDuplexStream<SotwRequest, Partial<SotwResponse>>) => {
    serve(
      call,
      "StreamAggregatedResources",
      (request, stream) => {
        const isWild = ALL_AT_ONCE.test(request.type_url);
        const before = stream.subscriptions.get(request.type_url);
        const names = new Set(request.resource_names);
        stream.subscriptions.set(request.type_url, names);
        const isNew = before === undefined || (!isWild && [...names].some((name) => !before.has(name)));
        if (isNew) send(stream, request.type_url, names);
      },
      (stream, type) => {
        const names = stream.subscriptions.get(type);
        if (names !== undefined) send(stream, type, names);
      },
    );
    function send(stream: Stream, type: string, names: ReadonlySet<string>): void {
      version += 1;
      const found = ofType(stream, type, ALL_AT_ONCE.test(type) ? undefined : names);
      call.write({ version_info: String(version), resources: found.map(({ any }) => any), type_url: type, nonce: `n${version}` });
    }
  };

  const delta = (call: grpc.ServerDuplexStream<DeltaRequest, Partial<DeltaResponse>>) => {
    serve(
      call,
      "DeltaAggregatedResources",
      (request, stream) => {
        const isWild = ALL_AT_ONCE.test(request.type_url);
        const known = stream.subscriptions.get(request.type_url);
        const names = known ?? new Set<string>();
        stream.subscriptions.set(request.type_url, names);
        for (const name of request.resource_names_unsubscribe) names.delete(name);
        const added = request.resource_names_subscribe.filter((name) => !names.has(name));
        for (const name of added) names.add(name);
        if (known === undefined && isWild) send(request.type_url, ofType(stream, request.type_url, undefined), []);
        else if (added.length > 0 && !isWild) send(request.type_url, ofType(stream, request.type_url, new Set(added)), []);
      },
      ({ subscriptions }, type, changed, removed) => {
        const names = subscriptions.get(type);
        if (names === undefined) return;
        const isWanted = (name: string) => ALL_AT_ONCE.test(type) || names.has(name);
        const wanted = changed.filter(({ name }) => isWanted(name));
        const gone = removed.filter(isWanted);
        if (wanted.length + gone.length > 0) send(type, wanted, gone);
      },
    );
    function send(type: string, found: readonly Resource[], removed: readonly string[]): void {
      version += 1;
      const sent = found.map(({ name, any }) => ({ name, resource: any }));
      call.write({
        system_version_info: String(version),
        resources: sent,
        type_url: type,
        nonce: `n${version}`,
        removed_resources: removed,
      });
    }
  };

  function serve<Req extends SotwRequest | DeltaRequest, Res>(
    call: grpc.ServerDuplexStream<Req, Res>,
    method: string,
    receive: (request: Req, stream: Stream) => void,
    push: (stream: Stream, type: string, changed: readonly Resource[], removed: readonly string[]) => void,
  ): void {
    opened += 1;
    if (!note(method, call.metadata)) return void call.emit("error", denied);
    const stream: Stream = {
      node: "",
      subscriptions: new Map(),
      push: (type, changed, removed) => push(stream, type, changed, removed),
    };
    streams.add(stream);
    const close = () => streams.delete(stream);
    call.on("data", (request: Req) => {
      const { node, error_detail: error, type_url: type } = request;
      stream.node ||= node?.id ?? "";
      if (type === HEALTH) reports.push({ method, ...(error && { problem: error.message }) });
      else if (error !== null && error !== undefined && error.message !== "") rejections.push({ type, message: error.message });
      else {
        if (request.response_nonce !== "") accepted += 1;
        receive(request, stream);
      }
    });
    call.on("end", () => {
      close();
      call.end();
    });
    call.on("cancelled", close);
    call.on("error", close);
  }

  const sign: grpc.handleUnaryCall<
    { readonly csr: string; readonly validity_duration: number },
    { readonly cert_chain: readonly string[] }
  > = (call, callback) => {
    const isKnown = note("CreateCertificate", call.metadata);
    if (failure !== undefined && failure.left > 0) {
      failure.left -= 1;
      return callback({ code: failure.code, details: failure.message });
    }
    const identity = identityOf(bearerOf(call.metadata));
    if (!isKnown || identity === undefined) return callback(denied);
    authority.sign(call.request.csr, identity, setting.lifetime ?? call.request.validity_duration).then(
      (chain) => {
        issued += 1;
        callback(null, { cert_chain: roots === undefined ? chain : [...chain.slice(0, -1), roots] });
      },
      (error: Error) => callback({ code: grpc.status.INVALID_ARGUMENT, details: error.message }),
    );
  };

  let server: grpc.Server | undefined;
  let port = setting.port ?? 0;
  const start = async () => {
    const added = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
    added.addService(
      {
        StreamAggregatedResources: definition("StreamAggregatedResources", SOTW_REQUEST, SOTW_RESPONSE),
        DeltaAggregatedResources: definition("DeltaAggregatedResources", DELTA_REQUEST, DELTA_RESPONSE),
      },
      { StreamAggregatedResources: sotw as grpc.UntypedHandleCall, DeltaAggregatedResources: delta as grpc.UntypedHandleCall },
    );
    if (setting.tls !== undefined) added.addService({ CreateCertificate: SIGN }, { CreateCertificate: sign as grpc.UntypedHandleCall });
    const address = `${setting.host ?? "127.0.0.1"}:${port}`;
    const names = ["istiod.istio-system.svc", "localhost", ...(setting.host === undefined ? [] : [setting.host])];
    const credentials = await serverCredentials({ authority, roots: roots ?? authority.root, tls: setting.tls, names });
    port = await new Promise<number>((resolve, reject) => {
      added.bindAsync(address, credentials, (error, bound) => (error === null ? resolve(bound) : reject(error)));
    });
    server = added;
  };
  const stop = () => {
    server?.forceShutdown();
    server = undefined;
    streams.clear();
  };
  await start();
  return {
    get port() {
      return port;
    },
    set(next) {
      const before = resources;
      resources = byNode(next);
      for (const stream of streams) pushChanges(stream, before(stream.node), resources(stream.node));
    },
    resend(type) {
      for (const stream of streams) stream.push(type, ofType(stream, type, undefined), []);
    },
    accepted: {
      get count() {
        return accepted;
      },
    },
    streams: {
      get opened() {
        return opened;
      },
      get open() {
        return streams.size;
      },
    },
    calls,
    certificates: {
      get issued() {
        return issued;
      },
    },
    rejections,
    reports,
    failCertificates(code, message, left = Number.POSITIVE_INFINITY) {
      failure = { code, message, left };
    },
    setAuthority(next, others) {
      authority = next;
      roots = others;
    },
    setToken(next) {
      token = next;
    },
    stop,
    start,
    async [Symbol.asyncDispose]() {
      stop();
    },
  };
}

function bearerOf(metadata: grpc.Metadata): string {
  return String(metadata.get("authorization")[0] ?? "").replace("Bearer ", "");
}

function byNode(resources: readonly Resource[] | ResourcesOf): ResourcesOf {
  return typeof resources === "function" ? resources : () => resources;
}

/** Sends a stream what differs, type by type. */
function pushChanges(stream: Stream, before: readonly Resource[], after: readonly Resource[]): void {
  for (const type of new Set([...before, ...after].map((each) => each.type))) {
    const ofType = (list: readonly Resource[]) => new Map(list.filter((each) => each.type === type).map((each) => [each.name, each]));
    const [old, now] = [ofType(before), ofType(after)];
    const changed = [...now.values()].filter(({ name, any }) => old.get(name)?.any.equals(any) !== true);
    const removed = [...old.keys()].filter((name) => !now.has(name));
    if (changed.length + removed.length > 0) stream.push(type, changed, removed);
  }
}

function definition<Req, Res>(method: string, request: Codec<Req>, response: Codec<Res>): grpc.MethodDefinition<Req, Partial<Res>> {
  return {
    path: `/envoy.service.discovery.v3.AggregatedDiscoveryService/${method}`,
    requestStream: true,
    responseStream: true,
    requestSerialize: (message) => request.write(message),
    requestDeserialize: request.read,
    responseSerialize: response.write,
    responseDeserialize: response.read,
  };
}

const SIGN = {
  path: "/istio.v1.auth.IstioCertificateService/CreateCertificate",
  requestStream: false,
  responseStream: false,
  requestSerialize: CERTIFICATE_REQUEST.write,
  requestDeserialize: CERTIFICATE_REQUEST.read,
  responseSerialize: CERTIFICATE_RESPONSE.write,
  responseDeserialize: CERTIFICATE_RESPONSE.read,
} as const;

interface ServerSetting {
  readonly authority: Authority;
  /** Whom client certificates have to be from. */
  readonly roots: string;
  readonly tls: Setting["tls"];
  readonly names: readonly string[];
}

async function serverCredentials({ authority, roots, tls, names }: ServerSetting): Promise<grpc.ServerCredentials> {
  if (tls === undefined) return grpc.ServerCredentials.createInsecure();
  const { key, chain } = await authority.server(names);
  const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(chain) };
  return grpc.ServerCredentials.createSsl(Buffer.from(roots), [pair], tls === "mutual");
}

import type * as grpc from "@grpc/grpc-js";
import { type Callers, DENIED } from "./callers.ts";
import {
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
import { changesBetween, type Resource, type ResourcesOf } from "./resources.ts";

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

/** The service that sends resources, as state of the world and as delta. */
export interface DiscoveryService {
  readonly definition: grpc.ServiceDefinition;
  readonly handlers: grpc.UntypedServiceImplementation;
  /** Replaces the resources, and sends what has changed to each stream. */
  readonly set: (resources: ResourcesOf) => void;
  /** Sends all resources of a type again to each stream that has requested them. */
  readonly resend: (type: string) => void;
  /** Forgets the streams: their connections have ended. */
  readonly forget: () => void;
  /** Number of streams that were opened, that are open, and that were at once at most; of responses that clients have accepted. */
  readonly opened: () => number;
  readonly open: () => number;
  readonly most: () => number;
  readonly accepted: () => number;
  readonly rejections: readonly Rejection[];
  readonly reports: readonly Health[];
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

/** Opens the service. */
export function openDiscovery(first: ResourcesOf, callers: Callers): DiscoveryService {
  let resources = first;
  const streams = new Set<Stream>();
  let opened = 0;
  let most = 0;
  const rejections: Rejection[] = [];
  let accepted = 0;
  const reports: Health[] = [];
  let version = 0;

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
    if (!callers.admit(method, call.metadata)) return void call.emit("error", DENIED);
    const stream: Stream = {
      node: "",
      subscriptions: new Map(),
      push: (type, changed, removed) => push(stream, type, changed, removed),
    };
    streams.add(stream);
    most = Math.max(most, streams.size);
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

  return {
    definition: {
      StreamAggregatedResources: definition("StreamAggregatedResources", SOTW_REQUEST, SOTW_RESPONSE),
      DeltaAggregatedResources: definition("DeltaAggregatedResources", DELTA_REQUEST, DELTA_RESPONSE),
    },
    handlers: {
      StreamAggregatedResources: sotw as grpc.UntypedHandleCall,
      DeltaAggregatedResources: delta as grpc.UntypedHandleCall,
    },
    set(next) {
      const before = resources;
      resources = next;
      for (const stream of streams)
        for (const { type, changed, removed } of changesBetween(before(stream.node), next(stream.node)))
          stream.push(type, changed, removed);
    },
    resend(type) {
      for (const stream of streams) stream.push(type, ofType(stream, type, undefined), []);
    },
    forget: () => streams.clear(),
    opened: () => opened,
    open: () => streams.size,
    most: () => most,
    accepted: () => accepted,
    rejections,
    reports,
  };
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

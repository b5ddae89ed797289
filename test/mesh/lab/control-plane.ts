import * as grpc from "@grpc/grpc-js";
import type { Authority } from "./authority.ts";
import { type Callers, callersOf } from "./callers.ts";
import { openCertificates } from "./certificate-service.ts";
import { type Health, openDiscovery, type Rejection } from "./discovery-service.ts";
import { byNode, type Resource, type ResourcesOf } from "./resources.ts";

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

/** A control plane and certificate authority for tests, on a gRPC library that the product does not use. */
export interface ControlPlane extends AsyncDisposable {
  readonly port: number;
  /** Replaces the resources, and sends what has changed to each stream. */
  readonly set: (resources: readonly Resource[] | ResourcesOf) => void;
  /** Sends all resources of a type again to each stream that has requested them. */
  readonly resend: (type: string) => void;
  /** Number of responses that clients have accepted. */
  readonly accepted: { readonly count: number };
  /** Number of streams that were opened, that are open, and that were at once at most. */
  readonly streams: { readonly opened: number; readonly open: number; readonly most: number };
  /** Metadata of each stream and each call for a certificate, in order. */
  readonly calls: Callers["calls"];
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

/** Starts a control plane on loopback. */
export async function startControlPlane(setting: Setting): Promise<ControlPlane> {
  let { authority } = setting;
  let roots: string | undefined;
  const callers = callersOf({ ...setting, needsToken: setting.tls === "server" });
  const discovery = openDiscovery(byNode(setting.resources), callers);
  const certificates = openCertificates(authority, setting.lifetime, callers);
  let server: grpc.Server | undefined;
  let port = setting.port ?? 0;
  const start = async () => {
    const added = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
    added.addService(discovery.definition, discovery.handlers);
    if (setting.tls !== undefined) added.addService(certificates.definition, certificates.handlers);
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
    discovery.forget();
  };
  await start();
  return {
    get port() {
      return port;
    },
    set: (next) => discovery.set(byNode(next)),
    resend: discovery.resend,
    accepted: {
      get count() {
        return discovery.accepted();
      },
    },
    streams: {
      get opened() {
        return discovery.opened();
      },
      get open() {
        return discovery.open();
      },
      get most() {
        return discovery.most();
      },
    },
    calls: callers.calls,
    certificates: {
      get issued() {
        return certificates.issued();
      },
    },
    rejections: discovery.rejections,
    reports: discovery.reports,
    failCertificates: certificates.fail,
    setAuthority(next, others) {
      authority = next;
      roots = others;
      certificates.setAuthority(next, others);
    },
    setToken: callers.setToken,
    stop,
    start,
    async [Symbol.asyncDispose]() {
      stop();
    },
  };
}

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

import protobuf from "protobufjs";

/** The messages of the control plane, with the fields that the tests use. Resources stay serialized. */
const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; }
  message Node { string id = 1; string cluster = 2; }
  message DiscoveryRequest {
    string version_info = 1; Node node = 2; repeated string resource_names = 3; string type_url = 4; string response_nonce = 5; Status error_detail = 6;
  }
  message DiscoveryResponse { string version_info = 1; repeated bytes resources = 2; string type_url = 4; string nonce = 5; }
  message DeltaDiscoveryRequest {
    Node node = 1; string type_url = 2; repeated string resource_names_subscribe = 3; repeated string resource_names_unsubscribe = 4;
    map<string, string> initial_resource_versions = 5; string response_nonce = 6; Status error_detail = 7;
  }
  message Resource { string version = 1; bytes resource = 2; string name = 3; }
  message DeltaDiscoveryResponse {
    string system_version_info = 1; repeated Resource resources = 2; string type_url = 4; string nonce = 5; repeated string removed_resources = 6;
  }
  message CertificateRequest { string csr = 1; int64 validity_duration = 3; }
  message CertificateResponse { repeated string cert_chain = 1; }
`,
  { keepCase: true },
);

/** How a message is read and written. */
export interface Codec<T> {
  readonly read: (bytes: Buffer) => T;
  readonly write: (message: Partial<T>) => Buffer;
}

function codec<T>(name: string): Codec<T> {
  const type = root.lookupType(name);
  return {
    read: (bytes) => type.toObject(type.decode(bytes), { defaults: true, arrays: true, longs: Number, bytes: Buffer }) as T,
    write: (message) => Buffer.from(type.encode(type.fromObject(message)).finish()),
  };
}

interface ErrorDetail {
  readonly code: number;
  readonly message: string;
}

/** What a request of either protocol says. */
interface Request {
  readonly node: { readonly id: string } | null;
  readonly type_url: string;
  readonly response_nonce: string;
  readonly error_detail: ErrorDetail | null;
}

export interface SotwRequest extends Request {
  readonly version_info: string;
  readonly resource_names: readonly string[];
}

export interface DeltaRequest extends Request {
  readonly resource_names_subscribe: readonly string[];
  readonly resource_names_unsubscribe: readonly string[];
  readonly initial_resource_versions: Readonly<Record<string, string>>;
}

export interface SotwResponse {
  readonly version_info: string;
  readonly resources: readonly Uint8Array[];
  readonly type_url: string;
  readonly nonce: string;
}

export interface DeltaResponse {
  readonly system_version_info: string;
  readonly resources: readonly { readonly name: string; readonly resource: Uint8Array }[];
  readonly type_url: string;
  readonly nonce: string;
  readonly removed_resources: readonly string[];
}

export const SOTW_REQUEST = codec<SotwRequest>("DiscoveryRequest");
export const SOTW_RESPONSE = codec<SotwResponse>("DiscoveryResponse");
export const DELTA_REQUEST = codec<DeltaRequest>("DeltaDiscoveryRequest");
export const DELTA_RESPONSE = codec<DeltaResponse>("DeltaDiscoveryResponse");
export const CERTIFICATE_REQUEST = codec<{ readonly csr: string; readonly validity_duration: number }>("CertificateRequest");
export const CERTIFICATE_RESPONSE = codec<{ readonly cert_chain: readonly string[] }>("CertificateResponse");

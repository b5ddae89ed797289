import * as grpc from "@grpc/grpc-js";
import type { Authority } from "./authority.ts";
import { type Callers, DENIED } from "./callers.ts";
import { CERTIFICATE_REQUEST, CERTIFICATE_RESPONSE } from "./messages.ts";

/** The service of a certificate authority. */
export interface CertificateService {
  readonly definition: grpc.ServiceDefinition;
  readonly handlers: grpc.UntypedServiceImplementation;
  readonly issued: () => number;
  /** Makes the next calls fail. */
  readonly fail: (code: grpc.status, message: string, calls?: number) => void;
  /** Signs with another authority from now on; `roots`: what clients are sent as roots. */
  readonly setAuthority: (authority: Authority, roots?: string) => void;
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

/** Opens the service. `lifetime`: seconds that certificates are valid for, whatever is requested. */
export function openCertificates(first: Authority, lifetime: number | undefined, callers: Callers): CertificateService {
  let authority = first;
  let roots: string | undefined;
  let failure: { readonly code: grpc.status; readonly message: string; left: number } | undefined;
  let issued = 0;
  const sign: grpc.handleUnaryCall<
    { readonly csr: string; readonly validity_duration: number },
    { readonly cert_chain: readonly string[] }
  > = (call, callback) => {
    const isKnown = callers.admit("CreateCertificate", call.metadata);
    if (failure !== undefined && failure.left > 0) {
      failure.left -= 1;
      return callback({ code: failure.code, details: failure.message });
    }
    const identity = callers.identityOf(call.metadata);
    if (!isKnown || identity === undefined) return callback(DENIED);
    authority.sign(call.request.csr, identity, lifetime ?? call.request.validity_duration).then(
      (chain) => {
        issued += 1;
        callback(null, { cert_chain: roots === undefined ? chain : [...chain.slice(0, -1), roots] });
      },
      (error: Error) => callback({ code: grpc.status.INVALID_ARGUMENT, details: error.message }),
    );
  };
  return {
    definition: { CreateCertificate: SIGN },
    handlers: { CreateCertificate: sign as grpc.UntypedHandleCall },
    issued: () => issued,
    fail(code, message, left = Number.POSITIVE_INFINITY) {
      failure = { code, message, left };
    },
    setAuthority(next, others) {
      authority = next;
      roots = others;
    },
  };
}

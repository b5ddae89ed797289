import { CODE, type GrpcStatus } from "./grpc-status.ts";

/** Returns the status of a method that is not served, with the texts of Go's gRPC library. `services`: those with other methods. */
export function unknownMethod(path: string, services: readonly string[]): GrpcStatus {
  const [, service = "", method = ""] = /^\/(.*)\/([^/]*)$/s.exec(path) ?? [];
  const message = !/^\/.*\//s.test(path)
    ? `malformed method name: ${JSON.stringify(path)}`
    : services.includes(service)
      ? `unknown method ${method} for service ${service}`
      : `unknown service ${service}`;
  return { code: CODE.UNIMPLEMENTED, message };
}

import { type Service, type ServiceContext, untilInterrupted } from "../../commands/service.ts";
import { writeGrpcBootstrap } from "../files/write-files.ts";

/** Writes the bootstrap of gRPC applications, before the proxy can be ready (contract 1.30 §13f). @throws ConfigError when it cannot be written */
export function openGrpcBootstrap({ agent }: ServiceContext): Service {
  const { grpcBootstrap } = agent.services;
  if (grpcBootstrap !== undefined) writeGrpcBootstrap(grpcBootstrap);
  return untilInterrupted(() => {});
}

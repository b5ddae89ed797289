import { tlsFailure } from "../../mesh/tls-failure.ts";
import { reasonOf } from "../files/read-file.ts";

/** Returns why a probe of the application has failed, a failure of TLS in plain words. */
export function probeFailure(error: unknown): string {
  return tlsFailure(reasonOf(error), "that it was asked for", "");
}

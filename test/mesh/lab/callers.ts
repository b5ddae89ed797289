import * as grpc from "@grpc/grpc-js";

/** Who calls a control plane, and whether it is known. */
export interface Callers {
  /** Notes a stream or a call. Returns whether its caller may be served. */
  readonly admit: (method: string, metadata: grpc.Metadata) => boolean;
  /** Returns the identity that a caller's certificates are signed for. */
  readonly identityOf: (metadata: grpc.Metadata) => string | undefined;
  /** Metadata of each stream and each call for a certificate, in order. */
  readonly calls: readonly { readonly method: string; readonly metadata: Readonly<Record<string, string>> }[];
  /** Replaces the accepted token. */
  readonly setToken: (token: string) => void;
}

/** What a caller without a known token is answered. */
export const DENIED = { code: grpc.status.UNAUTHENTICATED, details: "authentication failure" };

/** What callers are known by. */
export interface CallersSetting {
  /** The only bearer token that is accepted; absent: none is looked at. */
  readonly token?: string;
  /** The identity that certificates are signed for; by the token of the caller if callers differ: one without identity is denied. */
  readonly identity: string | ((token: string) => string | undefined);
  /** Whether callers need a token: those who have shown a certificate need none. */
  readonly needsToken: boolean;
}

/** Returns the callers of a control plane. */
export function callersOf({ token, identity, needsToken }: CallersSetting): Callers {
  let accepted = token;
  const calls: { method: string; metadata: Record<string, string> }[] = [];
  const identityOf = (metadata: grpc.Metadata) => (typeof identity === "string" ? identity : identity(bearerOf(metadata)));
  return {
    admit(method, metadata) {
      const map = metadata.getMap();
      calls.push({ method, metadata: Object.fromEntries(Object.entries(map).map(([name, value]) => [name, String(value)])) });
      return !needsToken || ((accepted === undefined || bearerOf(metadata) === accepted) && identityOf(metadata) !== undefined);
    },
    identityOf,
    calls,
    setToken(next) {
      accepted = next;
    },
  };
}

function bearerOf(metadata: grpc.Metadata): string {
  return String(metadata.get("authorization")[0] ?? "").replace("Bearer ", "");
}

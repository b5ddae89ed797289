import type { CallHandler, Message, ServerCall } from "../../../src/host/mesh/grpc.ts";
import { DISCOVERY_RESPONSE } from "../../../src/mesh/discovery.ts";
import type { GrpcStatus } from "../../../src/mesh/grpc-status.ts";
import { decode } from "../../../src/mesh/protobuf-reader.ts";
import type { Secret, SecretStore } from "../../../src/mesh/secret.ts";
import { SecretError } from "../../../src/mesh/secret.ts";
import { SECRET, SECRET_TYPE } from "../../../src/mesh/secret-message.ts";
import { ANY } from "../../../src/mesh/well-known.ts";

/** What a server sent on a call: the secrets of a response, or the status of the end. */
export type Sent =
  | { readonly secrets: readonly { readonly name: string; readonly kind: string }[]; readonly nonce: string; readonly version: string }
  | { readonly status: GrpcStatus };

/** Returns the names and kinds of the secrets in a response. */
export function secretsOf(response: Message): readonly { readonly name: string; readonly kind: string }[] {
  const { resources, typeUrl } = decode(DISCOVERY_RESPONSE, response);
  return resources.map((resource) => {
    const any = decode(ANY, resource);
    const { name, tlsCertificate, validationContext } = decode(SECRET, any.value);
    const kind = tlsCertificate !== undefined ? "certificate" : validationContext !== undefined ? "validation" : "nothing";
    return { name, kind: typeUrl === SECRET_TYPE && any.typeUrl === SECRET_TYPE ? kind : `${typeUrl} ${any.typeUrl}` };
  });
}

/** A call without a transport: what the server sends is collected. */
export function fakeCall(method: string, sent: Sent[], handler: () => CallHandler | undefined): ServerCall {
  let isOver = false;
  const end = (status: GrpcStatus) => {
    if (isOver) return;
    isOver = true;
    sent.push({ status });
    handler()?.ended(status);
  };
  return {
    method,
    peer: undefined,
    send(message) {
      const { nonce, versionInfo } = decode(DISCOVERY_RESPONSE, message);
      const secrets = secretsOf(message);
      if (!isOver) sent.push({ secrets, nonce, version: versionInfo });
      return Promise.resolve();
    },
    end: (status = { code: 0, message: "" }) => end(status),
    cancel: () => end({ code: 1, message: "" }),
  };
}

/** A store whose secrets are made at once, or fail. */
export interface FakeStore extends SecretStore {
  readonly change: (name: string) => void;
  /** Causes by name; a secret without one is made. */
  readonly failures: Map<string, string>;
  /** What secrets wait for, by name. */
  readonly gates: Map<string, Promise<void>>;
  readonly listeners: Set<(name: string) => void>;
}

const bytes = Uint8Array.of(1);

export function fakeStore(): FakeStore {
  const listeners = new Set<(name: string) => void>();
  const failures = new Map<string, string>();
  const store: FakeStore = {
    gates: new Map(),
    failures,
    listeners,
    async get(name): Promise<Secret> {
      await store.gates.get(name);
      const failure = failures.get(name);
      if (failure !== undefined) throw new SecretError(failure);
      const isRoot = name === "ROOTCA" || name.startsWith("file-root:");
      return isRoot ? { kind: "validation", roots: bytes } : { kind: "certificate", chain: bytes, key: bytes };
    },
    onChange(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    setBundle() {},
    reason: () => undefined,
    change: (name) => {
      for (const listener of [...listeners]) listener(name);
    },
  };
  return store;
}

/** Resolves when everything that can run has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

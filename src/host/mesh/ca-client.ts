import type { Headers } from "../../http/message-head.ts";
import { addressText } from "../../mesh/address-text.ts";
import { type CertificateOrder, CREATE_CERTIFICATE, decodeChain, encodeOrder } from "../../mesh/ca-messages.ts";
import type { MeshCounts } from "../../mesh/counts.ts";
import { failureHint } from "../../mesh/failure-hint.ts";
import { CODE, codeName, type GrpcStatus, unreadable } from "../../mesh/grpc-status.ts";
import type { CaPlan, Endpoint } from "../../mesh/mesh-plan.ts";
import { oneLine, withoutSecrets } from "../../mesh/peer-text.ts";
import { retryWait } from "../../mesh/retry-wait.ts";
import { rpcErrorText } from "../../mesh/rpc-error-text.ts";
import type { Waits } from "../../mesh/silence.ts";
import type { SigningFailure } from "../../mesh/workload-step.ts";
import type { GrpcConnection, Message } from "./grpc.ts";
import { pause } from "./pause.ts";
import { keepRoots } from "./root-certificates.ts";
import { authorization, type TokenReader, tokenFailure } from "./token.ts";

/** Asks the CA for certificates. */
export interface CaClient {
  /** Returns the chain for a request: certificates as PEM, the leaf first. @throws CaError */
  readonly sign: (csr: string) => Promise<readonly string[]>;
  readonly close: () => void;
}

/** A request to the CA that has failed for good. */
export class CaError extends Error implements SigningFailure {
  override readonly name = "CaError";
  constructor(
    override readonly cause: string,
    readonly problem: string,
  ) {
    super(problem);
  }
}

/** What the client of a CA needs besides its plan. */
export interface CaTools {
  readonly connect: (endpoint: Endpoint) => GrpcConnection;
  readonly token: TokenReader;
  readonly counts: MeshCounts;
  /** Keeps the call that waits for an answer. */
  readonly waits: Waits;
}

/** The longest time that an answer is awaited, in milliseconds: a CA that never answers would block every later request. */
const CALL_LIMIT = 120_000;
/** Milliseconds after which a connection that cannot be made is not tried again within a call: it would be waited for as long. */
const SLOW_FAILURE = 5_000;

/**
 * Connects to a CA. The connection is dialled at once, while the key is made, and again after each failure, with the client certificate as
 * it is then. Root certificates with which a connection was made are kept until a call has failed for good (contract 1.30 §13b).
 */
export function openCaClient(plan: CaPlan, { connect, token, counts, waits }: CaTools): CaClient {
  const dialled = dialAgain(plan.endpoint, connect);
  const closing = new AbortController();
  const renew = (roots: "kept" | "read") => {
    dialled.connection.close();
    if (!closing.signal.aborted) dialled.renew(roots);
  };

  /** Makes the call until it succeeds or fails for good, or the client is closed. */
  const callWithRetries = async (order: CertificateOrder): Promise<CallResult> => {
    let failed: CallResult | undefined;
    for (let attempts = 1; ; attempts++) {
      if (failed === undefined && !dialled.connection.isUsable()) renew("kept");
      const { connection, at } = dialled;
      const result: CallResult = failed ?? (await attempt(connection, plan, { token, waits }, order, attempts));
      const isUnmade = !connection.isUsable() && !connection.wasReady();
      // As with Go's gRPC library, the other attempts fail at once.
      if (isUnmade && performance.now() - at >= SLOW_FAILURE) failed = result;
      const wait = "status" in result ? retryWait(attempts, result.status.code, Math.random) : undefined;
      if (wait === undefined) return result;
      await pause(wait, closing.signal);
      if (closing.signal.aborted) return result;
      counts.outgoingRetries++;
    }
  };

  return {
    async sign(csr) {
      const began = performance.now();
      counts.outgoingRequests++;
      const result = await callWithRetries({ csr, lifetime: plan.lifetime, certSigner: plan.certSigner });
      counts.outgoingLatency += performance.now() - began;
      if ("chain" in result && result.chain.length > 1) return result.chain;
      counts.failedOutgoingRequests++;
      renew("read");
      throw "chain" in result ? chainError(plan, result.chain) : callError(plan, result);
    },
    close() {
      closing.abort();
      dialled.connection.close();
    },
  };
}

/** The connection to the CA, and when it was dialled. */
interface Dialled {
  readonly connection: GrpcConnection;
  readonly at: number;
  /** Makes another one. Root certificates are kept only if a connection was made with them. */
  readonly renew: (roots: "kept" | "read") => void;
}

function dialAgain({ tls, ...rest }: Endpoint, connect: CaTools["connect"]): Dialled {
  // What is kept is not kept for other connections of the plan.
  const endpoint: Endpoint = tls === undefined ? rest : { ...rest, tls: { ...tls, roots: { ...tls.roots } } };
  let areGood = false;
  const dialled = {
    connection: connect(endpoint),
    at: performance.now(),
    renew(roots: "kept" | "read") {
      areGood = roots === "kept" && (areGood || dialled.connection.wasReady());
      if (endpoint.tls !== undefined) keepRoots(endpoint.tls.roots, areGood);
      dialled.connection = connect(endpoint);
      dialled.at = performance.now();
    },
  };
  return dialled;
}

/** Returns the error for an answer without a certificate and its root. */
function chainError({ endpoint }: CaPlan, chain: readonly string[]): CaError {
  const count = chain.length === 0 ? "no element" : "1 element";
  const problem = `CA "${addressText(endpoint)}" has sent ${count}, where at least the certificate and its root are needed`;
  return new CaError("invalid empty CertChain", problem);
}

/** Returns the error for a call that has failed. */
function callError(plan: CaPlan, { status: { code, message }, token }: FailedCall): CaError {
  const status = { code, message: withoutSecrets(message, { token, headers: plan.headers }) };
  const hint = failureHint(status, { server: "CA", ...plan }, token, Date.now());
  const problem = `CA "${addressText(plan.endpoint)}": ${codeName(code)}: ${oneLine(status.message)}${hint}`;
  return new CaError(`create certificate: ${rpcErrorText(status)}`, problem);
}

interface FailedCall {
  readonly status: GrpcStatus;
  readonly token: string | undefined;
}

type CallResult = { readonly chain: readonly string[] } | FailedCall;

/** Makes one call. */
async function attempt(
  connection: GrpcConnection,
  plan: CaPlan,
  { token: reader, waits }: Pick<CaTools, "token" | "waits">,
  order: CertificateOrder,
  attempts: number,
): Promise<CallResult> {
  let token: string | undefined;
  try {
    token = await reader.read();
  } catch (error) {
    return { status: tokenFailure(error), token };
  }
  const retry = attempts === 1 ? [] : [["x-retry-attempt", String(attempts - 1)] as const];
  const answered = waits.begin(connection.wasReady);
  const answer = await unary(connection, [...authorization(token), ...plan.headers, ...retry], encodeOrder(order));
  answered();
  if ("code" in answer) return { status: answer, token };
  try {
    return { chain: decodeChain(answer.message) };
  } catch (error) {
    return { status: unreadable(error), token };
  }
}

/** Sends one message and returns the one that is answered, or the status without one. */
function unary(connection: GrpcConnection, headers: Headers, request: Uint8Array): Promise<{ readonly message: Message } | GrpcStatus> {
  const { promise, resolve } = Promise.withResolvers<{ readonly message: Message } | GrpcStatus>();
  const answers: Message[] = [];
  const fail = (code: number, message: string) => {
    resolve({ code, message });
    call.cancel();
  };
  const timer = setTimeout(() => fail(CODE.DEADLINE_EXCEEDED, `no answer within ${CALL_LIMIT / 1_000} s`), CALL_LIMIT);
  const call = connection.open(CREATE_CERTIFICATE, headers, {
    message(message) {
      answers.push(message);
      if (answers.length > 1) fail(CODE.INTERNAL, "more than one answer to a call that has one");
    },
    ended(status) {
      clearTimeout(timer);
      const [message] = answers;
      if (status.code !== CODE.OK) resolve(status);
      else resolve(message === undefined ? { code: CODE.INTERNAL, message: "the answer of the call is missing" } : { message });
    },
  });
  call.send([request]);
  call.end();
  return promise;
}

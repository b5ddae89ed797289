import type { Log } from "../../common/notice.ts";
import { type Headers, headerOf } from "../../http/message-head.ts";
import { emptyReply, errorReply, type Reply } from "../../http/reply.ts";
import { sniffedType } from "../../http/sniff.ts";
import { singleLine } from "../../status/caller-log.ts";
import { isPort, probeRequest } from "../../status/probe-request.ts";
import type { Prober, StatusPlan } from "../../status/status-plan.ts";
import type { Answer } from "../http/client.ts";
import { connect } from "../http/connect.ts";
import { followRedirects } from "../http/follow-redirects.ts";
import { checkHealth } from "../http/http2/check-health.ts";
import { probeFailure } from "../http/probe-failure.ts";
import { timeLimit } from "../http/time-limit.ts";
import { isBug } from "./is-bug.ts";

/** Sends a configured probe to the application and returns its result (contract 1.6 §11.3, 1.30 §10.4). */
export async function probeApplication(
  path: string,
  caller: Headers,
  plan: StatusPlan,
  disconnected: AbortSignal,
  log: Log,
): Promise<Reply> {
  const prober = Object.hasOwn(plan.probes.probers, path) ? plan.probes.probers[path] : undefined;
  if (prober === undefined) {
    log("error", `No application probe is configured for "${singleLine(path)}" (ISTIO_KUBE_APP_PROBERS)`);
    return { ...errorReply(400, ""), body: `app prober config does not exists for ${path}` };
  }
  const limit = timeLimit(prober.timeoutSeconds * 1_000);
  const signal = limitOf(prober, AbortSignal.any([disconnected, limit.signal]));
  try {
    if (prober.kind === "http") return await probeHttp(prober, caller, plan, signal);
    if (!isPort(prober.port)) throw new Error("it is not a port");
    const to = { host: plan.probes.destination, port: prober.port, signal, ...sourceOf(plan) };
    if (prober.kind === "tcp") (await connect(to)).leave();
    else await checkHealth(to, prober.service, headerOf(caller, "user-agent"));
    return emptyReply(200);
  } catch (error) {
    if (isBug(error)) throw error;
    log("error", `Application probe "${path}" on port ${prober.port} failed: ${probeFailure(error)}`);
    return emptyReply(500);
  } finally {
    limit.end();
  }
}

/** 0 seconds mean no timeout, except for gRPC, which then fails at once (recorded: grpc-probe-without-timeout). */
function limitOf({ kind, timeoutSeconds }: Prober, limit: AbortSignal): AbortSignal {
  if (kind === "grpc" && timeoutSeconds <= 0) return AbortSignal.abort(new Error("timeoutSeconds is 0, which leaves a gRPC probe no time"));
  return limit;
}

function sourceOf({ probes }: StatusPlan): { readonly source?: string } {
  return probes.source === undefined ? {} : { source: probes.source };
}

async function probeHttp(
  prober: Prober & { readonly kind: "http" },
  caller: Headers,
  plan: StatusPlan,
  signal: AbortSignal,
): Promise<Reply> {
  const request = probeRequest(prober, caller, plan);
  if (request === undefined) throw new Error(`its path "${prober.path}" is invalid`);
  const { http2, otherHosts } = plan.probes;
  return await replyOf(await followRedirects(request, { ...sourceOf(plan), http2, otherHosts, signal }), plan);
}

async function replyOf(answer: Answer, { probes }: StatusPlan): Promise<Reply> {
  if (probes.redirectIsSuccess && answer.status >= 300 && answer.status < 400) {
    answer.cut();
    return emptyReply(200);
  }
  const body = probes.bodyLimit === 0 ? Buffer.alloc(0) : await beginningOf(answer, probes.bodyLimit);
  answer.cut();
  const type = sniffedType(body);
  return { status: answer.status, headers: type === undefined ? [] : [["Content-Type", type]], body };
}

/** Returns the body up to the limit; a body that breaks off is kept as far as it came. */
async function beginningOf(answer: Answer, limit: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of answer.body) {
      pieces.push(piece.subarray(0, limit - size));
      size += piece.length;
      if (size >= limit) break;
    }
  } catch {
    // The status has already been received.
  }
  return Buffer.concat(pieces);
}

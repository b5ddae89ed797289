import { requestFor } from "../../http/redirects.ts";
import type { HealthProbe } from "../../mesh/mesh-plan.ts";
import { connect } from "../http/connect.ts";
import { followRedirects } from "../http/follow-redirects.ts";
import { checkHealth } from "../http/http2/check-health.ts";
import { probeFailure } from "../http/probe-failure.ts";
import { isBug } from "../status/is-bug.ts";
import { runCommand } from "./run-command.ts";

const USER_AGENT = "istio-probe/1.0";

/** Probes the application once. Returns why it is not healthy; undefined if it is (contract 1.30 §13c). */
export async function probeWorkload(probe: HealthProbe, stopped: AbortSignal): Promise<string | undefined> {
  if (probe.kind === "invalid") return probe.problem;
  // Combined signals would stay with `stopped`, one for each probe.
  const end = new AbortController();
  const stop = () => end.abort();
  let isLate = false;
  const late = () => {
    isLate = true;
    stop();
  };
  const timer = probe.timeout < 0 ? undefined : setTimeout(late, probe.timeout);
  stopped.addEventListener("abort", stop);
  try {
    await send(probe, end.signal);
    return undefined;
  } catch (error) {
    const seconds = probe.timeout / 1_000;
    if (isLate) return probe.kind === "exec" ? `the command did not exit within ${seconds} s` : `no answer within ${seconds} s`;
    if (isBug(error)) throw error;
    return probeFailure(error);
  } finally {
    clearTimeout(timer);
    stopped.removeEventListener("abort", stop);
  }
}

/** @throws Error unless the application is healthy */
async function send(probe: Exclude<HealthProbe, { readonly kind: "invalid" }>, signal: AbortSignal): Promise<void> {
  switch (probe.kind) {
    case "http":
      return await get(probe, signal);
    case "tcp":
      return (await connect({ host: probe.host, port: probe.port, signal })).leave();
    case "grpc":
      return await checkHealth({ host: probe.host, port: probe.port, signal }, probe.service, USER_AGENT);
    case "exec":
      return await runCommand(probe.command, signal);
  }
}

/** Follows redirects to any host. Certificates are not verified, as the kubelet does not. */
async function get({ url, host, headers, source }: HealthProbe & { readonly kind: "http" }, signal: AbortSignal): Promise<void> {
  const { status, cut } = await followRedirects(requestFor(url, { host, headers }), { source, otherHosts: true, signal });
  cut();
  if (status < 200 || status >= 400) throw new Error(`HTTP status code ${status}`);
}

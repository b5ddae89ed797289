import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EnvoyCheck, EnvoyRequest } from "../../commands/host.ts";
import type { EpochPlan } from "../../launch/plan.ts";
import { signalNumber } from "../../linux/signals.ts";
import { reasonOf } from "../files/read-file.ts";
import { ignoredSignals } from "../linux/ignored-signals.ts";
import { validateEnvoy } from "./validate-envoy.ts";

const STOPS = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const;
const LIMIT = 10_000;
/** Only this user may read the bootstrap, which may contain secrets. */
const MODE = 0o600;

/** Opens what lets Envoy validate configurations. A signal ends Envoy and removes what was written. */
export function openEnvoyCheck(): EnvoyCheck {
  const stop = new AbortController();
  let pending: Promise<unknown> = Promise.resolve();
  let directory: string | undefined;
  const isIgnored = ignoredSignals();
  const stopped = Promise.withResolvers<number>();
  const handlers = STOPS.filter((signal) => !isIgnored(signal)).map((signal) => {
    const handler = () => {
      stop.abort();
      // Envoy is ended first.
      void pending.then(() => stopped.resolve(128 + signalNumber(signal)));
    };
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  let files = 0;
  const write = ({ text, suffix }: NonNullable<EnvoyRequest["bootstrap"]>): string => {
    directory ??= mkdtempSync(join(tmpdir(), "attache-validate-"));
    const path = join(directory, `bootstrap-${files++}.${suffix}`);
    writeFileSync(path, text, { mode: MODE, flag: "wx" });
    return path;
  };
  const validate: EnvoyCheck["validate"] = async ({ epoch, bootstrap }) => {
    if (bootstrap === undefined) return await validateEnvoy(asThisUser(epoch), stop.signal, LIMIT);
    const written = attempt(() => write(bootstrap));
    if ("why" in written) return { why: `its configuration cannot be written to ${tmpdir()}: ${written.why}` };
    return await validateEnvoy(withFile(asThisUser(epoch), written.value), stop.signal, LIMIT);
  };
  return {
    stopped: stopped.promise,
    validate: (request) => {
      const answer = validate(request);
      pending = answer.catch(() => {});
      return answer;
    },
    close: () => {
      if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
      for (const release of handlers) release();
    },
  };
}

function attempt<T>(action: () => T): { readonly value: T } | { readonly why: string } {
  try {
    return { value: action() };
  } catch (error) {
    return { why: reasonOf(error) };
  }
}

/** Envoy runs as this user, who alone can read the configuration. */
function asThisUser({ user: _, ...epoch }: EpochPlan): EpochPlan {
  return epoch;
}

function withFile(epoch: EpochPlan, path: string): EpochPlan {
  return { ...epoch, configFile: path, options: epoch.options.map((each) => (each.name === "-c" ? { ...each, value: path } : each)) };
}

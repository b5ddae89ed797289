import { parseEnvoyVersion } from "../../envoy/version-text.ts";
import { bad, ok, type Parsed } from "../../go/parsed.ts";
import type { EnvoyVersion } from "../../inputs/questions.ts";
import { reasonOf } from "../files/read-file.ts";
import { trackChild } from "../linux/own-children.ts";

/** Milliseconds for an answer that only explains a failure. */
const LIMIT = 3_000;

/** Returns the release that `envoy --version` prints (takes about 45 ms; contract envoy §1), within `limit` milliseconds. */
export async function envoyVersion(binary: string, limit = LIMIT): Promise<Parsed<EnvoyVersion>> {
  const printed = await outputOf(binary, "--version", limit);
  return printed.ok ? parseEnvoyVersion(printed.value) : printed;
}

/**
 * Returns the version that two Envoys must share for a hot restart, such as `11.104`; `disabled` in builds without it. Envoy prints it on
 * standard error (measured on 1.40). Takes at most 3 s.
 */
export async function hotRestartVersion(binary: string): Promise<Parsed<string>> {
  const printed = await outputOf(binary, "--hot-restart-version", LIMIT);
  if (!printed.ok) return printed;
  return printed.value === "" ? bad("it printed nothing") : printed;
}

/** Returns what a program prints for one argument, on standard error when standard output is empty; kills it after the time limit. */
async function outputOf(binary: string, argument: string, limit: number): Promise<Parsed<string>> {
  let child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  try {
    child = trackChild(Bun.spawn([binary, argument], { stdio: ["ignore", "pipe", "pipe"] }));
  } catch (error) {
    return bad(reasonOf(error));
  }
  let timer: Timer | undefined;
  const late = new Promise<Parsed<never>>((resolve) => {
    timer = setTimeout(() => {
      child.kill("SIGKILL");
      resolve(bad(`${argument} took more than ${limit / 1000} s`));
    }, limit);
  });
  const ended = Promise.all([child.stdout.text(), child.stderr.text(), child.exited]).then(([out, err, status]) =>
    status === 0 ? ok(out.trim() || err.trim()) : bad(`${argument} exited with ${child.signalCode ?? `status ${status}`}`),
  );
  const answer = await Promise.race([ended, late]);
  clearTimeout(timer);
  return answer;
}

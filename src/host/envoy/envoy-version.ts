import { parseEnvoyVersion } from "../../envoy/version-text.ts";
import { bad, ok, type Parsed } from "../../go/parsed.ts";
import type { EnvoyVersion } from "../../inputs/questions.ts";
import { reasonOf } from "../files/read-file.ts";
import { trackChild } from "../linux/own-children.ts";

const LIMIT = 3_000;

/** The release of an Envoy, by its own word (about 45 ms; contract envoy §1); never later than 3 s. */
export async function envoyVersion(binary: string): Promise<Parsed<EnvoyVersion>> {
  const said = await outputOf(binary, "--version");
  return said.ok ? parseEnvoyVersion(said.value) : said;
}

/**
 * What two Envoys must have in common for a hot restart, such as `11.104`; `disabled` in builds without. Envoy says it on
 * standard error (measured on 1.40). Never later than 3 s.
 */
export async function hotRestartVersion(binary: string): Promise<Parsed<string>> {
  const said = await outputOf(binary, "--hot-restart-version");
  if (!said.ok) return said;
  return said.value === "" ? bad("it printed nothing") : said;
}

/** What a program prints for one word, on standard error when there is nothing on standard output; one that does not end in time is killed. */
async function outputOf(binary: string, word: string): Promise<Parsed<string>> {
  let child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  try {
    child = trackChild(Bun.spawn([binary, word], { stdio: ["ignore", "pipe", "pipe"] }));
  } catch (error) {
    return bad(reasonOf(error));
  }
  let timer: Timer | undefined;
  const late = new Promise<Parsed<never>>((resolve) => {
    timer = setTimeout(() => {
      child.kill("SIGKILL");
      resolve(bad(`${word} took more than ${LIMIT / 1000} s`));
    }, LIMIT);
  });
  const ended = Promise.all([child.stdout.text(), child.stderr.text(), child.exited]).then(([out, err, status]) =>
    status === 0 ? ok(out.trim() || err.trim()) : bad(`${word} exited with ${child.signalCode ?? `status ${status}`}`),
  );
  const answer = await Promise.race([ended, late]);
  clearTimeout(timer);
  return answer;
}

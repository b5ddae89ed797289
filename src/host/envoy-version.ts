import { type EnvoyVersion, parseEnvoyVersion } from "../envoy/version-text.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";
import { reasonOf } from "./read-file.ts";

const LIMIT = 3_000;

/** The release of an Envoy, by its own word (about 45 ms; envoy-notes §1); never later than 3 s. */
export async function envoyVersion(binary: string): Promise<Parsed<EnvoyVersion>> {
  const said = await outputOf(binary, "--version");
  return said.ok ? parseEnvoyVersion(said.value) : said;
}

/** What two Envoys must have in common for a hot restart, such as `11.104`; `disabled` in builds without. Never later than 3 s. */
export async function hotRestartVersion(binary: string): Promise<Parsed<string>> {
  const said = await outputOf(binary, "--hot-restart-version");
  if (!said.ok) return said;
  const text = said.value.trim();
  return text === "" ? bad("it printed nothing") : ok(text);
}

/** What a program prints for one word; one that does not end in time is killed. */
async function outputOf(binary: string, word: string): Promise<Parsed<string>> {
  let child: Bun.Subprocess<"ignore", "pipe", "ignore">;
  try {
    child = Bun.spawn([binary, word], { stdio: ["ignore", "pipe", "ignore"] });
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
  const ended = Promise.all([child.stdout.text(), child.exited]).then(([text, status]) =>
    status === 0 ? ok(text) : bad(`${word} ended with ${child.signalCode ?? `status ${status}`}`),
  );
  const answer = await Promise.race([ended, late]);
  clearTimeout(timer);
  return answer;
}

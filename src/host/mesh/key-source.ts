import type { Log } from "../../common/notice.ts";
import { type CertificateRequest, type KeySource, keyArguments, requestOf, type Wanted } from "../../mesh/key-maker.ts";
import type { CaPlan } from "../../mesh/mesh-plan.ts";
import { IS_EXECUTABLE } from "../build-info.ts";
import { endWithAgent } from "../envoy/open-envoys.ts";
import { reasonNotStarted } from "../envoy/start-failure.ts";
import { trackChild } from "../linux/own-children.ts";

/** The name by which `main.ts` knows what the process is for; it is not imported from there, as that would run it. */
const KEY_MAKER = "attache-key";
/** The executable of this process, even if another file is at its path now; absent when run from source. */
const OWN_EXECUTABLE = IS_EXECUTABLE ? "/proc/self/exe" : undefined;
/** Milliseconds for a key of the usual size where little of a processor is left; a tenth of a second is normal. */
const LIMIT = 30_000;
/** The usual and the largest size of an RSA key, in bits. */
const [USUAL_KEY, LARGEST_KEY] = [2_048, 16_384];
/** Bytes that the process may write: a key of 16,384 bits has 13,000. */
const LONGEST = 65_536;

/**
 * Returns a source of keys and certificate requests. Each is made in a separate process, whose memory ends with it. If that fails once,
 * the agent makes this key and all further ones itself.
 */
export function keySource({ key: plan, identity }: Pick<CaPlan, "key" | "identity">, log: Log, executable = OWN_EXECUTABLE): KeySource {
  let program = executable;
  return async () => {
    if (plan.kind === "none") throw new Error(plan.problem);
    const wanted: Wanted = { plan, identity };
    if (program !== undefined) {
      const made = await requestFrom(program, wanted);
      if (typeof made !== "string") return made;
      log(
        "warn",
        `Cannot make a private key in a separate process: ${made}; the agent makes its keys itself from now on, which takes more memory`,
      );
      program = undefined;
    }
    return await (await import("./request-certificate.ts")).requestCertificate(wanted);
  };
}

/** Returns the same source, which begins with the first key now. */
export function begunAhead(source: KeySource): KeySource {
  let first: Promise<CertificateRequest> | undefined = source();
  // A failure is reported where the key is used.
  first.catch(() => {});
  return () => {
    const made = first ?? source();
    first = undefined;
    return made;
  };
}

/** Returns what a process has made, or why it has made nothing. */
async function requestFrom(program: string, wanted: Wanted): Promise<CertificateRequest | string> {
  let child: KeyMaker;
  try {
    child = start(program, wanted);
  } catch (error) {
    return `it cannot be started: ${reasonNotStarted(program, error).reason}`;
  }
  // A process that outlives the agent nevertheless ends when it has made the key.
  void endWithAgent(child, () => {});
  const limit = limitOf(wanted);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, limit);
  const ended = child.exited.finally(() => clearTimeout(timer));
  const text = await child.stdout.text();
  const made = requestOf(text, wanted.plan);
  if (made !== undefined) return made;
  const status = await ended;
  if (isLate) return `it took more than ${limit / 1_000} s`;
  if (text.length > LONGEST) return `it wrote more than ${LONGEST} bytes`;
  if (child.signalCode !== null) return `it was killed by ${child.signalCode}`;
  return status === 0 ? "it wrote something else" : `it exited with status ${status}`;
}

type KeyMaker = Bun.Subprocess<"ignore", "pipe", "ignore">;

/** Starts the process with no variable of the environment, and in its own session, as Ctrl-C at a terminal is for the agent. */
function start(program: string, wanted: Wanted): KeyMaker {
  return trackChild(
    Bun.spawn([program, ...keyArguments(wanted)], {
      argv0: KEY_MAKER,
      // The socket is for `endWithAgent`; when PID 1 ends, the kernel ends all other processes itself.
      stdio: ["ignore", "pipe", "ignore", ...(process.pid === 1 ? [] : (["socket-fd"] as const))],
      env: {},
      detached: true,
      maxBuffer: LONGEST,
      killSignal: "SIGKILL",
    }),
  );
}

/** Returns the time limit of a key in milliseconds. */
function limitOf({ plan }: Wanted): number {
  return plan.kind === "rsa" ? Math.max(1, Math.min(plan.bits, LARGEST_KEY) / USUAL_KEY) * LIMIT : LIMIT;
}

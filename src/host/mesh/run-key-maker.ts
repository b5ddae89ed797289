import { requestText, wantedBy } from "../../mesh/key-maker.ts";
import { generatedPrime, requestCertificate } from "./request-certificate.ts";
import { searchPrime } from "./search-prime.ts";

/** Bits of the largest primes that one thread finds as soon as two, with less CPU time: their tests are short. */
const SHORT = 1_024;

/**
 * Makes a key and a certificate request as the arguments say, and writes both to standard output. Returns the exit status. What this file
 * imports is not shared with a start, which would be loaded as well.
 */
export async function runKeyMaker(values: readonly string[]): Promise<number> {
  const wanted = wantedBy(values);
  if (wanted === undefined) return 1;
  // Where memory runs out, the kernel is to kill this process, not Envoy or the agent, which then makes the key itself.
  await Bun.write("/proc/self/oom_score_adj", "1000").catch(() => {});
  try {
    console.log(requestText(await requestCertificate(wanted, (bits) => (bits <= SHORT ? searchPrime(bits) : generatedPrime(bits)))));
    return 0;
  } catch {
    // The agent tries it itself, and says what is wrong.
    return 1;
  }
}

import type { Log } from "../../common/notice.ts";
import { bad, ok, type Parsed } from "../../go/parsed.ts";
import type { TlsPlan } from "../../mesh/mesh-plan.ts";
import { certificateClass } from "./certificate-class.ts";
import { readPem } from "./read-bytes.ts";
import { fileIsGood, reportFile } from "./report-file.ts";
import { certificateTexts, isLoadable, keyPairProblem, privateKeyText } from "./x509.ts";

/** The curves of keys that the runtime's TLS can use; with another one it cannot even connect. */
const CURVES = ["prime256v1", "secp384r1", "secp521r1"];

type Files = NonNullable<TlsPlan["client"]>;

/**
 * Returns the client certificate as it is in its files now; none, with a warning, if it has expired or the files cannot be used: the token
 * is used then (contract 1.30 §13b).
 */
export function clientCertificate(files: Files | undefined, log: Log): Pick<Bun.TLSOptions, "cert" | "key"> {
  if (files === undefined) return {};
  const chain = readPem(files.chain);
  const key = readPem(files.key);
  const pair = !chain.ok ? chain : !key.ok ? key : usablePair(chain.value, key.value);
  if (pair.ok) {
    fileIsGood(files.chain);
    return pair.value;
  }
  reportFile(files.chain, `Cannot use client certificate "${files.chain}" (${files.origin}), using the token instead: ${pair.error}`, log);
  return {};
}

/** Returns what the files have without what Go skips, which the runtime refuses; or why it cannot be used. */
function usablePair(chain: string, privateKey: string): Parsed<{ readonly cert: string; readonly key: string }> {
  const cert = certificateTexts(chain).join("");
  const key = privateKeyText(privateKey) ?? "";
  const problem = keyPairProblem(cert, key) ?? chainProblem(cert);
  return problem === undefined ? ok({ cert, key }) : bad(problem);
}

function chainProblem(chain: string): string | undefined {
  if (!isLoadable(chain)) return "the chain contains something that is no certificate";
  const leaf = new (certificateClass())(chain);
  const curve = leaf.publicKey.asymmetricKeyDetails?.namedCurve;
  if (curve !== undefined && !CURVES.includes(curve)) return `TLS has no keys of the curve ${curve}`;
  return leaf.validToDate.getTime() < Date.now() ? "it has expired" : undefined;
}

import type { Log } from "../../common/notice.ts";
import type { TlsPlan } from "../../mesh/mesh-plan.ts";
import { certificateClass } from "./certificate-class.ts";
import { readPem } from "./read-bytes.ts";
import { fileIsGood, reportFile } from "./report-file.ts";
import { areCertificates, certificateTexts, keyPairProblem, privateKeyText } from "./x509.ts";

/** The curves of keys that the runtime's TLS can use; with another one it cannot even connect. */
const CURVES = ["prime256v1", "secp384r1", "secp521r1"];

type Files = NonNullable<TlsPlan["client"]>;

/**
 * Returns the client certificate as it is in its files now; none, with a warning, if it has expired or the files cannot be used: the token
 * is used then (contract 1.30 §13b).
 */
export function clientCertificate(files: Files | undefined, log: Log): Pick<Bun.TLSOptions, "cert" | "key"> {
  if (files === undefined) return {};
  const cert = readPem(files.chain);
  const key = readPem(files.key);
  const problem = !cert.ok ? cert.error : !key.ok ? key.error : pairProblem(cert.value, key.value);
  if (problem === undefined && cert.ok && key.ok) {
    fileIsGood(files.chain);
    // Without what Go skips, which the runtime refuses.
    return { cert: certificateTexts(cert.value).join(""), key: privateKeyText(key.value) };
  }
  reportFile(files.chain, `Cannot use client certificate "${files.chain}" (${files.origin}), using the token instead: ${problem}`, log);
  return {};
}

function pairProblem(chain: string, key: string): string | undefined {
  const problem = keyPairProblem(chain, key);
  if (problem !== undefined) return problem;
  if (!areCertificates(chain)) return "the chain contains something that is no certificate";
  const leaf = new (certificateClass())(certificateTexts(chain)[0] ?? "");
  const curve = leaf.publicKey.asymmetricKeyDetails?.namedCurve;
  if (curve !== undefined && !CURVES.includes(curve)) return `TLS has no keys of the curve ${curve}`;
  return leaf.validToDate.getTime() < Date.now() ? "it has expired" : undefined;
}

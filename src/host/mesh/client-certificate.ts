import type { Log } from "../../common/notice.ts";
import type { TlsPlan } from "../../mesh/mesh-plan.ts";
import { certificateClass } from "./certificate-class.ts";
import { readPem } from "./read-bytes.ts";
import { fileIsGood, reportFile } from "./report-file.ts";
import { areCertificates, keyPairProblem } from "./x509.ts";

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
    return { cert: cert.value, key: key.value };
  }
  reportFile(files.chain, `Cannot use client certificate "${files.chain}" (${files.origin}), using the token instead: ${problem}`, log);
  return {};
}

function pairProblem(chain: string, key: string): string | undefined {
  const problem = keyPairProblem(chain, key);
  if (problem !== undefined) return problem;
  if (!areCertificates(chain)) return "the chain contains something that is no certificate";
  return new (certificateClass())(chain).validToDate.getTime() < Date.now() ? "it has expired" : undefined;
}

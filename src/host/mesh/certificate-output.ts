import type { Log } from "../../common/notice.ts";
import { joinPath } from "../../go/path.ts";
import type { SdsPlan } from "../../mesh/mesh-plan.ts";
import { nodeFs } from "../files/libc-files.ts";
import { reasonOf } from "../files/read-file.ts";
import { removeTemporary } from "../files/remove-temporary.ts";
import { readBytesNow } from "./read-bytes.ts";

/** What is written: a certificate with its key, root certificates, or both. */
export interface CertificateParts {
  readonly pair?: { readonly chain: Uint8Array; readonly key: Uint8Array };
  readonly roots?: Uint8Array;
}

/** Returns what writes certificates to the directory of OUTPUT_CERTS (contract 1.30 §13h). A failure is logged once, and no more. */
export function certificateOutput({ directory, mode }: NonNullable<SdsPlan["output"]>, log: Log): (parts: CertificateParts) => void {
  let reported: string | undefined;
  return ({ pair, roots }) => {
    try {
      if (roots !== undefined) writeIfChanged(joinPath(directory, "root-cert.pem"), roots, mode);
      if (pair !== undefined) writeIfChanged(joinPath(directory, "key.pem"), pair.key, mode);
      if (pair !== undefined) writeIfChanged(joinPath(directory, "cert-chain.pem"), pair.chain, mode);
      reported = undefined;
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== reported) log("error", `Cannot write certificates to "${directory}" (OUTPUT_CERTS): ${reason}`);
      reported = reason;
    }
  };
}

/** Replaces a file as a whole if its content differs. @throws Error of the system call */
function writeIfChanged(path: string, bytes: Uint8Array, mode: number): void {
  const fs = nodeFs();
  if (contains(path, bytes)) return;
  const temporary = `${path}.tmp.${Math.random().toString(36).slice(2)}`;
  try {
    fs.writeFileSync(temporary, bytes, { flag: "wx", mode: 0o600 });
    fs.chmodSync(temporary, mode);
    fs.renameSync(temporary, path);
  } catch (error) {
    removeTemporary(temporary);
    throw error;
  }
}

/** Whether a regular file has this content: what is at the path may be a pipe, or have no end. */
function contains(path: string, bytes: Uint8Array): boolean {
  try {
    return readBytesNow(path, bytes.length).equals(bytes);
  } catch {
    return false;
  }
}

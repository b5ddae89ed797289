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

/**
 * Returns what writes certificates to the directory of OUTPUT_CERTS (contract 1.30 §13h). A chain whose key could not be written is left
 * out. That a file, or the directory, cannot be written is logged once until it can, or the reason changes.
 */
export function certificateOutput({ directory, mode }: NonNullable<SdsPlan["output"]>, log: Log): (parts: CertificateParts) => void {
  const reported = new Map<string, string>();
  /** Replaces a file whose content differs. Returns whether it has the content now. */
  const write = (name: string, bytes: Uint8Array): boolean => {
    const path = joinPath(directory, name);
    try {
      if (contains(path, bytes)) return true;
      replaceFile(path, bytes, mode);
      reported.delete(path);
      reported.delete(directory);
      return true;
    } catch (error) {
      const reason = reasonOf(error);
      // What fails before is the directory.
      const [subject, text] = isRename(error)
        ? [path, `Cannot write "${path}" (OUTPUT_CERTS): ${reason}`]
        : [directory, `Cannot write certificates to "${directory}" (OUTPUT_CERTS): ${reason}`];
      if (reported.get(subject) !== reason) log("error", text);
      reported.set(subject, reason);
      return false;
    }
  };
  return ({ pair, roots }) => {
    if (roots !== undefined) write("root-cert.pem", roots);
    if (pair !== undefined && write("key.pem", pair.key)) write("cert-chain.pem", pair.chain);
  };
}

function isRename(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && error.syscall === "rename";
}

/** Replaces a file as a whole. @throws Error of the system call */
function replaceFile(path: string, bytes: Uint8Array, mode: number): void {
  const fs = nodeFs();
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

import type { Log } from "../../common/notice.ts";
import { joinPath } from "../../go/path.ts";
import type { SdsPlan } from "../../mesh/mesh-plan.ts";
import type { Secret } from "../../mesh/secret.ts";
import { nodeFs } from "../files/libc-files.ts";
import { reasonOf } from "../files/read-file.ts";
import { removeTemporary } from "../files/remove-temporary.ts";
import { readBytesNow } from "./read-bytes.ts";

/** Returns what writes the parts of a secret to the directory of OUTPUT_CERTS (contract 1.30 §13h). A failure is logged once, and no more. */
export function certificateOutput({ directory, mode }: NonNullable<SdsPlan["output"]>, log: Log): (secret: Secret) => void {
  let reported: string | undefined;
  return (secret) => {
    try {
      for (const [name, bytes] of partsOf(secret)) writeIfChanged(joinPath(directory, name), bytes, mode);
      reported = undefined;
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== reported) log("error", `Cannot write certificates to "${directory}" (OUTPUT_CERTS): ${reason}`);
      reported = reason;
    }
  };
}

function partsOf(secret: Secret): readonly (readonly [name: string, bytes: Uint8Array])[] {
  if (secret.kind === "validation") return [["root-cert.pem", secret.roots]];
  return [
    ["key.pem", secret.key],
    ["cert-chain.pem", secret.chain],
  ];
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

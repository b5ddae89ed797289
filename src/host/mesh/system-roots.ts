import { bad, ok, type Parsed } from "../../go/parsed.ts";
import type { SystemRoots } from "../../mesh/mesh-plan.ts";
import { pemBlocks, pemText } from "../../mesh/pem.ts";
import { nodeFs } from "../files/libc-files.ts";
import { readPem } from "./read-bytes.ts";
import { GO_BUNDLES } from "./system-bundles.ts";

/** Where Linux distributions have directories of root certificates, as Go knows them. */
const DIRECTORIES = ["/etc/ssl/certs", "/etc/pki/tls/certs"];
const NONE = "the operating system has no root certificates (SSL_CERT_FILE and SSL_CERT_DIR name others)";
const NONE_NAMED = "SSL_CERT_FILE and SSL_CERT_DIR name no root certificate";

/**
 * Returns the root certificates of the operating system (PEM), each once: those of the first file that can be read, and of all files in the
 * directories, as Go does. Otherwise why there are none.
 */
export function readSystemRoots({ files = GO_BUNDLES, directories = DIRECTORIES }: SystemRoots): Parsed<string> {
  const roots = new Set<string>();
  let problem: string | undefined;
  const add = (path: string): boolean => {
    const read = readPem(path);
    if (!read.ok) {
      problem ??= read.error;
      return false;
    }
    for (const { type, bytes } of pemBlocks(read.value)) if (type === "CERTIFICATE") roots.add(pemText(type, bytes));
    return true;
  };
  files.some(add);
  for (const directory of directories) for (const path of filesIn(directory)) add(path);
  if (roots.size > 0) return ok([...roots].join(""));
  if (files === GO_BUNDLES && directories === DIRECTORIES) return bad(NONE);
  return bad(problem === undefined ? NONE_NAMED : `${NONE_NAMED}: ${problem}`);
}

/** Returns the paths in a directory, without links to other files in it; none if it cannot be read. */
function filesIn(directory: string): readonly string[] {
  try {
    const names = nodeFs().readdirSync(directory).sort();
    return names.map((name) => `${directory}/${name}`).filter((path) => !isLinkToNeighbor(path));
  } catch {
    return [];
  }
}

function isLinkToNeighbor(path: string): boolean {
  try {
    return !nodeFs().readlinkSync(path).includes("/");
  } catch {
    return false; // No link.
  }
}

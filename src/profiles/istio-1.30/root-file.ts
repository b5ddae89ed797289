import { joinPath } from "../../go/path.ts";
import type { TlsPlan } from "../../mesh/mesh-plan.ts";
import { PORT } from "../../settings/ports.ts";
import type { Start } from "./contract.ts";
import { refuse } from "./refuse.ts";

/** The root certificates of a connection. */
export type Roots = TlsPlan["roots"];

type Peer = keyof typeof REMEDY;

const PEERS = { CA: "the CA", XDS: "the control plane" } as const;
/** What can be done without a root certificate. */
export const REMEDY = {
  CA: `; set CA_ROOT_CA to a file (or SYSTEM for the system's certificates); a CA on port ${PORT.plaintextXds} and --xds file:DIR need none`,
  XDS: "; set XDS_ROOT_CA to a file (or SYSTEM for the system's certificates); controlPlaneAuthPolicy NONE and --xds file:DIR need none",
} as const;

/** Returns the root certificate in the directory PROV_CERT. If it is missing, upstream ends with a different exit status. @throws ConfigError */
export function providedRoot(peer: Peer, start: Start, status: number): Roots {
  const path = joinPath(start.settings.variables.PROV_CERT, "root-cert.pem");
  const stat = start.answers.stat(path);
  if (stat !== "file") {
    const problem = stat === "directory" ? "is a directory, not a file" : "is not a file";
    refuse(`Cannot find the root certificate for ${PEERS[peer]}`, [`"${path}" ${problem} (PROV_CERT)${REMEDY[peer]}`], status);
  }
  return usableRoot(peer, path, "PROV_CERT", start);
}

/** Returns the root certificate at a path. `origin`: what has set the path. @throws ConfigError */
export function requiredRoot(peer: Peer, path: string, origin: string, start: Start): Roots {
  const stat = path === "" ? "missing" : start.answers.stat(path);
  if (stat !== "file")
    refuse(`Cannot find the root certificate for ${PEERS[peer]}`, [
      `root CA file for ${peer} does not exist: "${path}"${stat === "directory" ? " is a directory" : ""} (${origin})${REMEDY[peer]}`,
    ]);
  return usableRoot(peer, path, origin, start);
}

/** Upstream cannot make its connection with such a file, and ends. */
function usableRoot(peer: Peer, path: string, origin: string, { answers }: Start): Roots {
  const problem = answers.certificates(path);
  if (problem !== undefined)
    refuse(`Cannot use the root certificate for ${PEERS[peer]}`, [`"${path}" ${problem} (${origin})${REMEDY[peer]}`]);
  return { kind: "file", path };
}

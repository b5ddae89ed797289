import type { Log } from "../../common/notice.ts";
import type { MeshCounts } from "../../mesh/counts.ts";
import type { KeySource } from "../../mesh/key-maker.ts";
import { mergeRoots } from "../../mesh/merge-roots.ts";
import type { Endpoint, SdsPlan } from "../../mesh/mesh-plan.ts";
import { DEFAULT, ROOTCA } from "../../mesh/resource-name.ts";
import type { ChangeListener, Secret, SecretStore } from "../../mesh/secret.ts";
import { openWaits } from "../../mesh/silence.ts";
import type { WorkloadCertificate } from "../../mesh/workload-step.ts";
import { openCaClient } from "./ca-client.ts";
import { type FileSecrets, openFileSecrets } from "./certificate-files.ts";
import { certificateOutput } from "./certificate-output.ts";
import { type Clocks, MACHINE_CLOCKS } from "./clocks.ts";
import { fileProblem } from "./file-problem.ts";
import { connectGrpc } from "./grpc-connection.ts";
import { keySource } from "./key-source.ts";
import { openToken } from "./token.ts";
import { keepUpToDate, warmUp } from "./warm-up.ts";
import { openWorkload, type Workload } from "./workload.ts";
import { isLoadable, usableRoots } from "./x509.ts";

/** A store of secrets, and its end. */
export interface OpenSecretStore extends SecretStore {
  /** Ends everything that is running; those who wait for a secret get an error. */
  readonly close: () => void;
}

/** What a store needs besides its plan. */
export interface StoreTools {
  readonly counts: MeshCounts;
  readonly log: Log;
  readonly clocks?: Clocks;
  /** What makes keys, if it was opened before. */
  readonly newKey?: KeySource | undefined;
}

/** The largest answer of a CA, in bytes: chains have some thousands. */
const LARGEST_ANSWER = 1024 ** 2;

/** Opens the secrets of an agent: from files, or the certificate at hand, or the CA (contract 1.30 §13a: source). */
export function openSecretStore(plan: SdsPlan, { counts, log, clocks = MACHINE_CLOCKS, newKey }: StoreTools): OpenSecretStore {
  const { changed, onChange, clear } = changeListeners();
  const token = plan.ca === undefined ? undefined : openToken(plan.ca.token, log);
  const connect = (endpoint: Endpoint) => connectGrpc(endpoint, log, { maxMessage: LARGEST_ANSWER });
  const waits = openWaits();
  const client = plan.ca && token && openCaClient(plan.ca, { connect, token, counts, waits });
  const ca = plan.ca && client && { plan: plan.ca, client, newKey: newKey ?? keySource(plan.ca, log) };
  const withoutCa = () => missingFileReason(plan);
  const workload = openWorkload({ ca, withoutCa, waits, changed, counts, log, clocks });
  const files = openFileSecrets(plan, { changed, counts, log });
  const output = plan.output && certificateOutput(plan.output, log);
  const stop = new AbortController();
  const { inFiles, fromFiles } = readFiles(files, workload);
  /** The certificate that was written as a whole. */
  let written: WorkloadCertificate | undefined;

  const store: OpenSecretStore = {
    async get(name) {
      const isWritten = name === DEFAULT || name === ROOTCA;
      const secret = await fromFiles(name);
      if (secret !== undefined) {
        if (isWritten) output?.(secret.kind === "validation" ? { roots: secret.roots } : { pair: secret });
        return secret;
      }
      const certificate = await workload.get(name);
      const pair = { chain: Buffer.from(certificate.chain), key: Buffer.from(certificate.key) };
      const roots = () => merged(certificate.root, workload.bundle());
      if (isWritten) {
        // Once all that is not from files: the secret that is requested next may not be the other one.
        const isDue = (part: string) => (certificate !== written || name === part) && !inFiles.has(part);
        output?.({ ...(isDue(DEFAULT) && { pair }), ...(isDue(ROOTCA) && { roots: roots() }) });
        written = certificate;
      }
      return name === ROOTCA ? { kind: "validation", roots: roots() } : { kind: "certificate", ...pair };
    },
    onChange,
    setBundle: (roots) => workload.setBundle(loadable(roots, log)),
    reason: () => (inFiles.has(DEFAULT) && inFiles.has(ROOTCA) ? undefined : workload.reason()),
    close() {
      stop.abort();
      clear();
      workload.close();
      files.close();
      client?.close();
      token?.close();
    },
  };
  if (plan.socket === undefined) keepUpToDate(store, stop.signal);
  else if (plan.warmUp) warmUp(store.get, stop.signal);
  return store;
}

/** Returns what tells listeners of changes. */
function changeListeners() {
  const listeners = new Set<ChangeListener>();
  const changed: ChangeListener = (name, version) => {
    for (const listener of [...listeners]) listener(name, version);
  };
  const onChange: SecretStore["onChange"] = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return { changed, onChange, clear: () => listeners.clear() };
}

/** Returns what reads secrets from files, and the names of those that were in files when they were read last. */
function readFiles(files: FileSecrets, workload: Workload) {
  const inFiles = new Set<string>();
  const fromFiles = async (name: string): Promise<Secret | undefined> => {
    const secret = await files.get(name);
    if (secret === undefined) inFiles.delete(name);
    else inFiles.add(name);
    if (name !== ROOTCA || secret?.kind !== "validation") return secret;
    const root = Buffer.from(secret.roots).toString();
    workload.fileRootRead(root);
    return { ...secret, roots: merged(root, workload.bundle()) };
  };
  return { inFiles, fromFiles };
}

/** Returns why there is no certificate in files, without a CA. */
async function missingFileReason({ files, onlySource }: SdsPlan): Promise<string> {
  const problem = files && (await fileProblem([files.chain, files.key, files.root]));
  return problem === undefined || onlySource === undefined
    ? "no certificate authority is configured"
    : `${problem} (there is no certificate authority, as ${onlySource})`;
}

/** Returns a trust bundle without what Envoy cannot load: it would reject all root certificates. */
function loadable(bundle: readonly string[], log: Log): readonly string[] {
  if (bundle.every(isLoadable)) return bundle;
  log("warn", "Ignored a part of the control plane's trust bundle that is no certificate");
  return bundle.map((text) => (isLoadable(text) ? text : usableRoots(text))).filter((text) => text !== "");
}

/** Returns root certificates together with the trust bundle of the control plane. */
function merged(root: string, bundle: readonly string[]): Uint8Array {
  return Buffer.from(mergeRoots([root, ...bundle]));
}

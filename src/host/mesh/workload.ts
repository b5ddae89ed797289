import type { Log } from "../../common/notice.ts";
import { addressText } from "../../mesh/address-text.ts";
import { refusalOf, timeText } from "../../mesh/certificate.ts";
import type { MeshCounts } from "../../mesh/counts.ts";
import type { KeySource } from "../../mesh/key-maker.ts";
import type { CaPlan } from "../../mesh/mesh-plan.ts";
import { joinPem } from "../../mesh/pem.ts";
import { rotationTime } from "../../mesh/rotation.ts";
import { SecretError } from "../../mesh/secret.ts";
import { causeOf, type Waits } from "../../mesh/silence.ts";
import {
  type Caller,
  NO_CERTIFICATE,
  type SigningFailure,
  stepWorkload,
  type WorkloadCertificate,
  type WorkloadCommand,
  type WorkloadEvent,
  type WorkloadState,
} from "../../mesh/workload-step.ts";
import { reasonOf } from "../files/read-file.ts";
import { atTime } from "./at-time.ts";
import { type CaClient, CaError } from "./ca-client.ts";
import type { Clocks } from "./clocks.ts";
import { issuedFacts } from "./x509.ts";

/** The certificate that the CA issues for this workload. */
export interface Workload {
  /** Returns the certificate at hand, or the next one, for the secret of that name. @throws SecretError */
  readonly get: (name: string) => Promise<WorkloadCertificate>;
  /** Sets the trust bundle of the control plane: certificates as PEM. */
  readonly setBundle: (roots: readonly string[]) => void;
  readonly bundle: () => readonly string[];
  /** Makes the root certificates (PEM) of the usual file known, which have just been read for a request. */
  readonly fileRootRead: (root: string) => void;
  /** Returns why there was no certificate yet: the last failure, or that the CA does not answer. */
  readonly reason: () => string | undefined;
  readonly close: () => void;
}

/** What a workload needs. Without a CA there is no certificate: `withoutCa` returns why. */
export interface WorkloadTools {
  readonly ca: { readonly plan: CaPlan; readonly client: CaClient; readonly newKey: KeySource } | undefined;
  readonly withoutCa: () => Promise<string>;
  /** The call of the CA that waits for an answer. */
  readonly waits: Pick<Waits, "silence">;
  readonly changed: (name: string) => void;
  readonly counts: MeshCounts;
  readonly log: Log;
  readonly clocks: Clocks;
}

/** What answers a caller. */
interface Answers {
  readonly resolve: (certificate: WorkloadCertificate) => void;
  readonly reject: (error: SecretError) => void;
}

/** What is known of the certificate, and who waits for it. */
interface Opened extends WorkloadTools {
  readonly callers: Map<number, Answers>;
  state: WorkloadState;
  hasHadOne: boolean;
  cancelRotation: () => void;
  isClosed: boolean;
}

/** Opens the certificate of a workload, by the rules of `stepWorkload`. */
export function openWorkload(tools: WorkloadTools): Workload {
  const callers = new Map<number, Answers>();
  const workload: Opened = { ...tools, callers, state: NO_CERTIFICATE, hasHadOne: false, cancelRotation: () => {}, isClosed: false };
  let count = 0;
  return {
    get(name) {
      if (workload.isClosed) return Promise.reject(refusal(STOPPING));
      const caller: Caller = { id: count++, name };
      const { promise, resolve, reject } = Promise.withResolvers<WorkloadCertificate>();
      callers.set(caller.id, { resolve, reject });
      handle(workload, { kind: "requested", caller });
      return promise;
    },
    setBundle: (roots) => handle(workload, { kind: "bundle", roots }),
    bundle: () => workload.state.bundle,
    fileRootRead: (root) => handle(workload, { kind: "fileRoot", root }),
    reason: () => (workload.hasHadOne ? undefined : causeOfCa(workload)),
    close() {
      workload.isClosed = true;
      workload.cancelRotation();
      for (const { reject } of callers.values()) reject(refusal(STOPPING));
      callers.clear();
    },
  };
}

/** Returns why the CA has issued none, if it is the cause. */
function causeOfCa({ ca, state, waits }: Opened): string | undefined {
  return ca === undefined ? state.problem : causeOf(`CA "${addressText(ca.plan.endpoint)}"`, state.problem, waits.silence());
}

function handle(workload: Opened, event: WorkloadEvent): void {
  if (workload.isClosed) return;
  const [next, commands] = stepWorkload(workload.state, event);
  workload.state = next;
  for (const command of commands) perform(workload, command);
}

function perform(workload: Opened, command: WorkloadCommand): void {
  switch (command.kind) {
    case "sign":
      issue(workload).then(
        (certificate) => handle(workload, { kind: "issued", certificate }),
        (error: unknown) => handle(workload, { kind: "failed", ...failureOf(error) }),
      );
      return;
    case "give":
      workload.hasHadOne = true;
      for (const { resolve } of take(workload, command.callers)) resolve(command.certificate);
      return;
    case "refuse":
      for (const { reject } of take(workload, command.callers)) reject(refusal(command.cause));
      return;
    case "rotate":
      workload.cancelRotation();
      workload.cancelRotation = atTime(command.at, () => handle(workload, { kind: "due", serial: command.serial }), workload.clocks);
      return;
    case "changed":
      workload.changed(command.name);
      return;
    case "report":
      if (isKnown(workload, command.problem)) return;
      workload.log("warn", `Cannot get a certificate${workload.ca === undefined ? "" : ", trying again"}: ${command.problem}`);
      return;
  }
}

/** Reports whether the start has warned of a problem: that the address of the CA is invalid. */
function isKnown({ ca }: Opened, problem: string): boolean {
  const invalid = ca?.plan.endpoint.problem;
  return invalid !== undefined && problem.includes(invalid);
}

/** Returns what answers callers, who wait no longer. */
function take({ callers }: Opened, answered: readonly Caller[]): readonly Answers[] {
  return answered.flatMap(({ id }) => {
    const answers = callers.get(id);
    callers.delete(id);
    return answers ?? [];
  });
}

/** Gets a certificate for a new key. @throws CaError, Error */
async function issue(workload: Opened): Promise<WorkloadCertificate> {
  const { ca, withoutCa, counts, log, clocks } = workload;
  if (ca === undefined) throw new CaError("attempted to fetch secret, but ca client is nil", await withoutCa());
  const { plan, client, newKey } = ca;
  const { csr, key, publicKey } = await newKey();
  const chain = await client.sign(csr);
  const receivedAt = clocks.now();
  const facts = issuedFacts(chain, publicKey);
  const refused = refusalOf(facts, receivedAt);
  if (refused !== undefined) throw new CaError(refused, `CA "${addressText(plan.endpoint)}": ${refused}`);
  if (typeof facts.leaf === "string") throw new Error(facts.leaf);
  const { notAfter, identity } = facts.leaf;
  const rotateAt = rotationTime({ receivedAt, notAfter }, plan.rotation, Math.random);
  counts.certificateExpiry = notAfter;
  // The CA decides it by the token.
  const isOther = identity !== plan.identity;
  log(
    isOther ? "warn" : "info",
    `Received the certificate of ${identity}${isOther ? `, not of ${plan.identity} as requested` : ""}: it expires at ${timeText(notAfter)}, and is replaced at ${timeText(rotateAt)}`,
  );
  return { chain: joinPem(chain), key, root: chain.at(-1) ?? "", rotateAt };
}

const STOPPING = "the agent is stopping";

function refusal(cause: string): SecretError {
  return new SecretError(`failed to generate workload certificate: ${cause}`);
}

function failureOf(error: unknown): SigningFailure {
  if (error instanceof CaError) return { cause: error.cause, problem: error.problem };
  const reason = reasonOf(error);
  return { cause: reason, problem: reason };
}

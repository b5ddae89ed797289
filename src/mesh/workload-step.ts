import { repeatedPart } from "../common/log-once.ts";

/** A certificate from the CA with its key, as PEM. */
export interface WorkloadCertificate {
  readonly chain: string;
  readonly key: string;
  /** The root certificates that came with it. */
  readonly root: string;
  /** When it is replaced, in milliseconds since 1970. */
  readonly rotateAt: number;
}

/** Why a request to the CA has failed. */
export interface SigningFailure {
  /** Part of the status of SDS streams. */
  readonly cause: string;
  /** The same for the log and for readiness. */
  readonly problem: string;
}

/** The certificate at hand, and who waits for the next one. A caller of `get` is known by a number. */
export interface WorkloadState {
  readonly certificate?: WorkloadCertificate;
  /** Counts the certificates: a rotation that is due belongs to one of them. */
  readonly serial: number;
  /** The root of the last certificate. */
  readonly root?: string;
  /** The trust bundle of the control plane, as PEM. */
  readonly bundle: readonly string[];
  /** Who waits for the request to the CA that is running; absent if none is. */
  readonly signing?: readonly number[];
  /** Who came while it was running. */
  readonly waiting: readonly number[];
  /** Why the last request has failed. */
  readonly problem?: string;
  /** What was reported since the last certificate. */
  readonly reported: readonly string[];
}

export type WorkloadEvent =
  | { readonly kind: "requested"; readonly caller: number }
  | { readonly kind: "issued"; readonly certificate: WorkloadCertificate }
  | ({ readonly kind: "failed" } & SigningFailure)
  | { readonly kind: "due"; readonly serial: number }
  | { readonly kind: "bundle"; readonly roots: readonly string[] };

export type WorkloadCommand =
  | { readonly kind: "sign" }
  | { readonly kind: "give"; readonly callers: readonly number[]; readonly certificate: WorkloadCertificate }
  | { readonly kind: "refuse"; readonly callers: readonly number[]; readonly cause: string }
  | { readonly kind: "rotate"; readonly serial: number; readonly at: number }
  | { readonly kind: "changed"; readonly name: "default" | "ROOTCA" }
  | { readonly kind: "report"; readonly problem: string };

export type WorkloadStep = readonly [WorkloadState, readonly WorkloadCommand[]];

export const NO_CERTIFICATE: WorkloadState = { serial: 0, bundle: [], waiting: [], reported: [] };

/** How many reasons are reported until there is a certificate: a CA can answer anything. */
const MOST = 20;

/** Decides what an event leads to (contract 1.30 §13a: source, rotation, roots). */
export function stepWorkload(state: WorkloadState, event: WorkloadEvent): WorkloadStep {
  switch (event.kind) {
    case "requested":
      return requested(state, event.caller);
    case "issued":
      return issued(state, event.certificate);
    case "failed":
      return failed(state, event);
    case "due":
      return event.serial === state.serial && state.certificate !== undefined
        ? [withoutCertificate(state), [{ kind: "changed", name: "default" }]]
        : [state, []];
    case "bundle":
      return isSame(event.roots, state.bundle)
        ? [state, []]
        : [
            { ...withoutCertificate(state), bundle: event.roots },
            [
              { kind: "changed", name: "ROOTCA" },
              { kind: "changed", name: "default" },
            ],
          ];
  }
}

/** The certificate at hand serves everyone. One request to the CA at a time; a later caller takes its certificate, but not its failure. */
function requested(state: WorkloadState, caller: number): WorkloadStep {
  const { certificate, signing } = state;
  if (certificate !== undefined) return [state, [{ kind: "give", callers: [caller], certificate }]];
  if (signing !== undefined) return [{ ...state, waiting: [...state.waiting, caller] }, []];
  return [{ ...state, signing: [caller] }, [{ kind: "sign" }]];
}

function issued({ signing = [], waiting, root, serial, bundle }: WorkloadState, certificate: WorkloadCertificate): WorkloadStep {
  const next = { certificate, serial: serial + 1, root: certificate.root, bundle, waiting: [], reported: [] };
  const hasNewRoot = root !== undefined && root !== certificate.root;
  return [
    next,
    [
      { kind: "give", callers: [...signing, ...waiting], certificate },
      { kind: "rotate", serial: next.serial, at: certificate.rotateAt },
      ...(hasNewRoot ? [{ kind: "changed", name: "ROOTCA" } as const] : []),
    ],
  ];
}

/** Those who came later get another try: they have not waited for this one from its start (recorded: whole/ca_denied_twice). */
function failed(state: WorkloadState, { cause, problem }: SigningFailure): WorkloadStep {
  const { signing = [], waiting, ...rest } = state;
  const reason = repeatedPart(problem);
  const isNew = !state.reported.includes(reason) && state.reported.length < MOST;
  const next = { ...rest, waiting: [], problem, reported: isNew ? [...state.reported, reason] : state.reported };
  const refused: readonly WorkloadCommand[] = [
    ...(isNew ? [{ kind: "report", problem } as const] : []),
    { kind: "refuse", callers: signing, cause },
  ];
  return waiting.length === 0 ? [next, refused] : [{ ...next, signing: waiting }, [...refused, { kind: "sign" }]];
}

function withoutCertificate({ certificate: _, ...rest }: WorkloadState): WorkloadState {
  return rest;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each, index) => each === other[index]);
}

import { repeatedPart } from "../common/log-once.ts";
import { joinPem } from "./pem.ts";
import { ROOTCA } from "./resource-name.ts";

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

/** Who wants a secret that the certificate is part of. A caller of `get` is known by a number. */
export interface Caller {
  readonly id: number;
  readonly name: string;
}

/** The certificate at hand, and who waits for the next one. */
export interface WorkloadState {
  readonly certificate?: WorkloadCertificate;
  /** Counts the certificates: a rotation that is due belongs to one of them. */
  readonly serial: number;
  /** The root of the last certificate that was not requested for its root, or of a file that was read since: only another one is sent. */
  readonly root?: string;
  /** The trust bundle of the control plane, as PEM. */
  readonly bundle: readonly string[];
  /** Whose request to the CA is running; absent if none is. */
  readonly signing?: Caller;
  /** Who came while it was running, in order. */
  readonly waiting: readonly Caller[];
  /** Why the last request has failed. */
  readonly problem?: string;
  /** What was reported since the last certificate. */
  readonly reported: readonly string[];
}

export type WorkloadEvent =
  | { readonly kind: "requested"; readonly caller: Caller }
  | { readonly kind: "issued"; readonly certificate: WorkloadCertificate }
  | ({ readonly kind: "failed" } & SigningFailure)
  | { readonly kind: "due"; readonly serial: number }
  | { readonly kind: "bundle"; readonly roots: readonly string[] }
  | { readonly kind: "fileRoot"; readonly root: string };

export type WorkloadCommand =
  | { readonly kind: "sign" }
  | { readonly kind: "give"; readonly callers: readonly Caller[]; readonly certificate: WorkloadCertificate }
  | { readonly kind: "refuse"; readonly callers: readonly Caller[]; readonly cause: string }
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
    case "fileRoot":
      return [{ ...state, root: event.root }, []];
  }
}

/** The certificate at hand serves everyone. One request to the CA at a time; a later caller takes its certificate, but not its failure. */
function requested(state: WorkloadState, caller: Caller): WorkloadStep {
  const { certificate, signing } = state;
  if (certificate !== undefined) return [state, [{ kind: "give", callers: [caller], certificate }]];
  if (signing !== undefined) return [{ ...state, waiting: [...state.waiting, caller] }, []];
  return [{ ...state, signing: caller }, [{ kind: "sign" }]];
}

/**
 * Everyone gets the certificate. Its root is remembered, and sent if it is another one or the first, unless the root was all that was
 * requested (recorded: ca/slow and whole/ca_denied_twice, where it was not; whole/ca_refused, where it was).
 */
function issued({ signing, waiting, root, serial, bundle }: WorkloadState, certificate: WorkloadCertificate): WorkloadStep {
  const isForRoot = signing?.name === ROOTCA;
  const known = isForRoot ? root : certificate.root;
  const next = { certificate, serial: serial + 1, ...(known !== undefined && { root: known }), bundle, waiting: [], reported: [] };
  return [
    next,
    [
      { kind: "give", callers: [...(signing === undefined ? [] : [signing]), ...waiting], certificate },
      { kind: "rotate", serial: next.serial, at: certificate.rotateAt },
      ...(known === root ? [] : [{ kind: "changed", name: ROOTCA } as const]),
    ],
  ];
}

/** Who came later makes a request of its own, one after the other (contract 1.30 §13a: source; recorded: whole/ca_denied_twice). */
function failed(state: WorkloadState, { cause, problem }: SigningFailure): WorkloadStep {
  const {
    signing,
    waiting: [following, ...waiting],
    ...rest
  } = state;
  const reason = repeatedPart(problem);
  const isNew = !state.reported.includes(reason) && state.reported.length < MOST;
  const next = { ...rest, waiting, problem, reported: isNew ? [...state.reported, reason] : state.reported };
  const refused: readonly WorkloadCommand[] = [
    ...(isNew ? [{ kind: "report", problem } as const] : []),
    { kind: "refuse", callers: signing === undefined ? [] : [signing], cause },
  ];
  return following === undefined ? [next, refused] : [{ ...next, signing: following }, [...refused, { kind: "sign" }]];
}

function withoutCertificate({ certificate: _, ...rest }: WorkloadState): WorkloadState {
  return rest;
}

/** Returns whether two bundles are the same text, however it is split: upstream compares that. */
function isSame(one: readonly string[], other: readonly string[]): boolean {
  return textOf(one) === textOf(other);
}

function textOf(bundle: readonly string[]): string {
  return joinPem(bundle.filter((text) => text !== ""));
}

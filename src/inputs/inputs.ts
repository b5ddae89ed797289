import type { Environment } from "./environment.ts";

/** What came of reading one file: its text, the fact that it is not there, or why it could not be read. */
export type FileRead =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "missing" }
  | { readonly kind: "unreadable"; readonly reason: string };

/** One address of a network interface, in kernel order. */
export interface InterfaceAddress {
  readonly name: string;
  readonly address: string;
  readonly loopback: boolean;
}

/** The files every start reads, whatever its settings say. */
export interface InputFiles {
  readonly meshConfig: FileRead;
  readonly labels: FileRead;
  readonly annotations: FileRead;
  /** Absent when `ISTIO_BOOTSTRAP_OVERRIDE` names no file. */
  readonly override?: FileRead;
}

/** A snapshot of the machine, taken once per start by `host/`; everything after it is a pure function. */
export interface Inputs {
  readonly environment: Environment;
  readonly files: InputFiles;
  readonly interfaces: readonly InterfaceAddress[];
  /** The agent's own user id; decides whether Envoy has to change to another user (contract 1.30 §8). */
  readonly uid: number;
}

/** Paths of the downward API volume, relative to the working directory (contract 1.6 §3.1, 1.30 §3). */
export const POD_LABELS_PATH = "./etc/istio/pod/labels";
export const POD_ANNOTATIONS_PATH = "./etc/istio/pod/annotations";

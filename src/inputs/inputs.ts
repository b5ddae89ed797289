import type { Environment } from "./environment.ts";

/** The result of reading a file: its text, that it does not exist, or why it cannot be read. */
export type FileRead =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "missing" }
  | { readonly kind: "unreadable"; readonly reason: string };

/** An address of a network interface, in kernel order. */
export interface InterfaceAddress {
  readonly name: string;
  readonly address: string;
  readonly loopback: boolean;
}

/** The files every start reads, whatever the settings. */
export interface InputFiles {
  readonly meshConfig: FileRead;
  readonly labels: FileRead;
  readonly annotations: FileRead;
  /** Absent if `ISTIO_BOOTSTRAP_OVERRIDE` is not set. */
  readonly override?: FileRead;
}

/** A snapshot of the machine, taken once per start by `host/`; all later stages are pure functions of it. */
export interface Inputs {
  readonly environment: Environment;
  readonly files: InputFiles;
  readonly interfaces: readonly InterfaceAddress[];
  /** The agent's user id; decides whether Envoy must run as another user (contract 1.30 §8). */
  readonly uid: number;
}

/** Paths of the downward API volume, relative to the working directory (contract 1.6 §3.1, 1.30 §3). */
export const POD_LABELS_PATH = "./etc/istio/pod/labels";
export const POD_ANNOTATIONS_PATH = "./etc/istio/pod/annotations";

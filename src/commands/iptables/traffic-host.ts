import type { Family } from "../../iptables/rule.ts";
import type { NetworkChange } from "../../linux/network-change.ts";
import type { NetworkEntry } from "../../linux/network-dump.ts";

/** The machine as far as the redirection of traffic needs it; `src/host/iptables` implements it. */
export interface TrafficHost {
  /** Returns the addresses of all interfaces in the order of the kernel. */
  readonly addresses: () => readonly string[];
  readonly run: (call: ProgramCall) => Promise<ProgramEnd>;
  /** Changes addresses, rules and routes; returns the name of the error, if any. */
  readonly changeNetwork: (change: NetworkChange) => string | undefined;
  /** Returns why addresses, rules and routes cannot be changed; undefined if they can. */
  readonly networkProblem: () => string | undefined;
  /** Reports whether a rule or a route exists; undefined when it cannot be found out. */
  readonly hasEntry: (entry: NetworkEntry) => boolean | undefined;
  /** Moves this process to a mount namespace of its own; returns why that fails. Later programs run in it. */
  readonly isolateMounts: (lockFile: string | undefined) => string | undefined;
  /** Waits until no other run changes the rules of this network, for at most so many milliseconds. Returns whether that is so. */
  readonly claimNetwork: (timeLimit: number) => Promise<boolean>;
  /** Holds signals until the function returned is called, which returns the exit status for the first that has arrived. */
  readonly holdSignals: () => () => number | undefined;
  /** Checks with a connection that rules redirect. */
  readonly probe: (probe: Probe, events: ProbeEvents) => Promise<boolean>;
  /** Writes a temporary file, and returns its path; undefined if that fails. */
  readonly writeTemporary: (prefix: string, text: string) => string | undefined;
  readonly remove: (path: string) => void;
  /** Writes a text over the beginning of a file. Failures are ignored. */
  readonly overwrite: (path: string, text: string) => void;
}

/** A program to run. */
export interface ProgramCall {
  readonly program: string;
  readonly args: readonly string[];
  /** Standard input. */
  readonly input?: string;
  /** Variables in addition to the environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** In milliseconds; then it is killed. */
  readonly timeLimit: number;
}

/** How a program ended. `reason` is as Go words it; a status is only there if it exited by itself. */
export interface ProgramEnd {
  readonly stdout: string;
  readonly stderr: string;
  readonly status?: number;
  /** Absent: it exited with 0. */
  readonly reason?: string;
}

/** A connection that rules should redirect. */
export interface Probe {
  readonly family: Family;
  /** The ports of Envoy. */
  readonly ports: readonly string[];
  /** The port that is connected to. */
  readonly port: number;
  /** In milliseconds. */
  readonly timeout: number;
}

export interface ProbeEvents {
  readonly listening: (address: string) => void;
  readonly notListening: (reason: string) => void;
  readonly notConnected: (address: string, reason: string) => void;
}

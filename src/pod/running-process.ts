import type { FileRead, InterfaceAddress } from "../inputs/inputs.ts";
import type { Stat } from "../inputs/questions.ts";

/** A process of this machine: what it was started with, and what it sees. */
export interface RunningProcess {
  readonly pid: number;
  /** Its command line, from the name of the program on. */
  readonly words: readonly string[];
  readonly variables: readonly (readonly [name: string, value: string])[];
  /** Its user ID, as it sees it. */
  readonly uid: number;
  /** The process that started it; absent if it cannot be read. */
  readonly parent?: { readonly pid: number; readonly words: readonly string[] };
  /** Its working directory, below its root; absent if that is outside. */
  readonly directory?: string;
  /** Its files, by absolute path below its root. They are only read. */
  readonly files: { readonly read: (path: string) => FileRead; readonly stat: (path: string) => Stat };
  /** Absent if they cannot be read. */
  readonly network?: ProcessNetwork;
  /** The limits of its cgroup. */
  readonly limits: ProcessLimits;
  /** Whether it has the root directory and the network of this process, which can then answer for it. */
  readonly isHere: boolean;
  /** Whether it has the files and the user of this process, which can then run its programs. */
  readonly isOurs: boolean;
  /** Reports whether it listens on a Unix socket itself. */
  readonly listensOn: (path: string) => boolean;
}

/** The network of a process, as far as the kernel's tables show it. */
export interface ProcessNetwork {
  readonly interfaces: readonly InterfaceAddress[];
  /** Addresses whose interface is not known. */
  readonly unplaced: readonly string[];
  /** Interfaces with several addresses, whose order is not known. */
  readonly unordered: readonly string[];
}

/** The limits of a cgroup; each is absent if there is none. */
export interface ProcessLimits {
  readonly cpus?: number;
  /** In bytes. */
  readonly memory?: number;
}

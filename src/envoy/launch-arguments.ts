import { argumentOf } from "./options.ts";

/** Descriptors of an Envoy without any worker, its listeners included, rounded up; and of each worker (measured on 1.40). */
const DESCRIPTORS = { own: 30, worker: 4 } as const;

/** The base-id and the number in the names of an epoch's domain sockets (envoy-notes §6); undefined where Envoy has none or chooses for itself. */
export function domainSocketOf(args: readonly string[]): { readonly baseId: number; readonly number: number } | undefined {
  if (args.includes("--disable-hot-restart") || args.includes("--use-dynamic-base-id")) return undefined;
  const baseId = Number(argumentOf(args, "--base-id") ?? 0);
  return { baseId, number: baseId * 10 + (Number(argumentOf(args, "--restart-epoch") ?? 0) % 3) };
}

/** About how many files and sockets Envoy opens at start; `processors` is its number of workers where none is given. */
export function openFilesNeeded(args: readonly string[], processors: number): number {
  const asked = Number(argumentOf(args, "--concurrency") ?? processors);
  return DESCRIPTORS.own + DESCRIPTORS.worker * Math.max(1, asked);
}

/**
 * The words that make the same Envoy check the same arguments and configuration; at the level "off" it would not say a
 * word. Undefined if they choose a mode already.
 */
export function validateArguments(args: readonly string[]): readonly string[] | undefined {
  if (args.includes("--mode")) return undefined;
  const level = args.findIndex((word) => word === "-l" || word === "--log-level") + 1;
  const heard = args.map((word, at) => (level > 0 && at === level && word === "off" ? "critical" : word));
  return ["--mode", "validate", ...heard];
}

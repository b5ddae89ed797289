import { type EnvoyOption, hasOption, optionValue } from "./options.ts";

/** Descriptors of an Envoy without any worker, its listeners included, rounded up; and of each worker (measured on 1.40). */
const DESCRIPTORS = { own: 30, worker: 4 } as const;

/** The base-id and the number in the names of an epoch's domain sockets (contract envoy §6); undefined where Envoy has none or chooses for itself. */
export function domainSocketOf(options: readonly EnvoyOption[]): { readonly baseId: number; readonly number: number } | undefined {
  if (hasOption(options, "--disable-hot-restart") || hasOption(options, "--use-dynamic-base-id")) return undefined;
  const baseId = Number(optionValue(options, "--base-id") ?? 0);
  return { baseId, number: baseId * 10 + (Number(optionValue(options, "--restart-epoch") ?? 0) % 3) };
}

/** About how many files and sockets Envoy opens at start; `processors` is its number of workers where none is given. */
export function openFilesNeeded(options: readonly EnvoyOption[], processors: number): number {
  const asked = Number(optionValue(options, "--concurrency") ?? processors);
  return DESCRIPTORS.own + DESCRIPTORS.worker * Math.max(1, asked);
}

/**
 * Returns the options with which the same Envoy checks its options and configuration; at the level "off" it would not say why.
 * Undefined if they choose a mode already.
 */
export function validationOptions(options: readonly EnvoyOption[]): readonly EnvoyOption[] | undefined {
  if (hasOption(options, "--mode")) return undefined;
  const isSilent = ({ name, value }: EnvoyOption) => (name === "-l" || name === "--log-level") && value === "off";
  const audible = options.map((option) => (isSilent(option) ? { ...option, value: "critical" } : option));
  return [{ name: "--mode", value: "validate" }, ...audible];
}

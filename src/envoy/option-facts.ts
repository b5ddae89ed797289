import { type EnvoyOption, hasOption, optionValue } from "./options.ts";

/** File descriptors of Envoy without workers, including listeners, rounded up; and of each worker (measured on 1.40). */
const DESCRIPTORS = { own: 30, worker: 4 } as const;

/**
 * Returns the base-id and the number in the names of an epoch's domain sockets (contract envoy §6); undefined if Envoy has none or chooses
 * the base-id itself.
 */
export function domainSocketOf(options: readonly EnvoyOption[]): { readonly baseId: number; readonly number: number } | undefined {
  if (hasOption(options, "--disable-hot-restart") || hasOption(options, "--use-dynamic-base-id")) return undefined;
  const baseId = Number(optionValue(options, "--base-id") ?? 0);
  return { baseId, number: baseId * 10 + (Number(optionValue(options, "--restart-epoch") ?? 0) % 3) };
}

/** Estimates how many files and sockets Envoy opens at start; `processors` is the number of workers without --concurrency. */
export function openFilesNeeded(options: readonly EnvoyOption[], processors: number): number {
  const workers = Number(optionValue(options, "--concurrency") ?? processors);
  return DESCRIPTORS.own + DESCRIPTORS.worker * Math.max(1, workers);
}

/**
 * Returns the options to validate configuration with the same Envoy, with log level "off" raised so that it prints the reason. Undefined if
 * they already set a mode.
 */
export function validationOptions(options: readonly EnvoyOption[]): readonly EnvoyOption[] | undefined {
  if (hasOption(options, "--mode")) return undefined;
  const isSilent = ({ name, value }: EnvoyOption) => (name === "-l" || name === "--log-level") && value === "off";
  const withLogLevel = options.map((option) => (isSilent(option) ? { ...option, value: "critical" } : option));
  return [{ name: "--mode", value: "validate" }, ...withLogLevel];
}

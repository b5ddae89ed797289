/** A generated change that makes no difference anybody could see, and why; every other survivor needs a test. */
export interface Equivalent {
  readonly file: string;
  /** The lines it changes, white space folded. */
  readonly from: string;
  /** What the changed part becomes. */
  readonly to: string;
  readonly why: string;
}

export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: "src/supervisor/stop.ts",
    from: 'return [{ ...state, stage: { kind: "draining", failures } }, [say("info", text), arm("count", rules.drain.interval)]];',
    to: 'arm("count", rules.drain.interval), say("info", text)',
    why: "a line of the log and a timer that is set in the same moment: neither knows of the other",
  },
  {
    file: "src/profiles/istio-1.6/metadata.ts",
    from: 'typed.set("INSTANCE_IPS", uniqueAddresses({ addresses }).join(",")); typed.set("SDS", "true").set("TRUSTJWT", "true");',
    to: 'typed.set("SDS", "true").set("TRUSTJWT", "true");\n  typed.set("INSTANCE_IPS", uniqueAddresses({ addresses }).join(","));',
    why: "different keys of one record, whose order is none",
  },
  {
    file: "src/settings/odd-annotations.ts",
    from: '["sidecar.istio.io", "statsInclusionRegexps"], ["sidecar.istio.io", "extraStatTags"],',
    to: '["sidecar.istio.io", "extraStatTags"],\n  ["sidecar.istio.io", "statsInclusionRegexps"]',
    why: "no word is within two letters of both",
  },
  {
    file: "src/supervisor/stop.ts",
    from: 'const asking: readonly StopRequest[] = event.kind === "terminate" && event.signal !== "SIGTERM" ? [event.signal, "SIGTERM"] : ["SIGTERM"];',
    to: '"SIGTERM", event.signal',
    why: "the signals that may end an epoch are a set",
  },
];

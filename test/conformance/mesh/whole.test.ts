import { describe, expect, test } from "bun:test";
import { replaySds } from "./replay-sds.ts";
import { replayXds } from "./replay-xds.ts";
import { type Transcript, transcript, transcriptNames } from "./transcripts.ts";

// Whole runs of the real agent, istiod and Envoy: what Envoy and istiod sent, in its order, against our proxy and our SDS server. The
// calls of the CA are in ca.test.ts.

const names = transcriptNames("whole");

/** What differs from the recorded agent on purpose: it loads Wasm modules, and ours rejects what would have to be loaded. */
const WITH_MODULES = ["whole/ecds_wasm", "whole/ecds_wasm_fetched"];

/** Returns the part of a run that went over the sockets of one service, as if a recorded client had been there. */
function part({ events, ...rest }: Transcript, service: "xds" | "sds"): Transcript {
  const own = events.filter(({ channel }) => channel.endsWith(` ${service}`));
  return { ...rest, events: own.map((event) => ({ ...event, channel: event.channel.replace("envoy", "client") })) };
}

test("there are 27", () => {
  expect(names.length).toBe(27);
  expect(WITH_MODULES.filter((name) => !names.includes(name))).toEqual([]);
});

describe("Envoy's secrets in recorded runs", () => {
  test.each(names)("%s", async (name) => {
    expect(await replaySds(part(transcript(name), "sds"))).toEqual([]);
  });
});

describe("Envoy's resources in recorded runs", () => {
  test.each(names.filter((name) => !WITH_MODULES.includes(name)))("%s", async (name) => {
    expect(await replayXds(part(transcript(name), "xds"))).toEqual([]);
  });

  test.each(WITH_MODULES)("%s: the module is rejected by the agent", async (name) => {
    const differences = await replayXds(part(transcript(name), "xds"));
    expect(differences.find((each) => each.includes("attache does not load modules"))).toBeDefined();
  });
});

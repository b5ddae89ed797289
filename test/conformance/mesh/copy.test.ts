import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { messageOf, servableSet, transcript, transcriptNames } from "./transcripts.ts";
import { COPY, SOURCE, transcriptLines } from "./vendor.ts";

// The original is not part of the repository: without it there is nothing to compare the copy with.
test.skipIf(!existsSync(SOURCE))("the copy of the recorded exchanges is complete", () => {
  expect(Bun.zstdDecompressSync(readFileSync(COPY)).toString() === transcriptLines()).toBe(true);
});

test("every recorded exchange can be read, with the size of each message", () => {
  const names = ["whole", "sds", "xds", "ca", "served"].flatMap(transcriptNames);
  expect(names.length).toBe(178);
  for (const name of names)
    for (const event of transcript(name).events)
      if (event.kind === "message" && event.size !== undefined) expect(`${name} ${messageOf(event).length}`).toBe(`${name} ${event.size}`);
});

test("the servable sets have the kinds of resources that Envoy requests", () => {
  const kinds = (name: string) => Object.keys(Object.groupBy(servableSet(name), ({ type }) => type.split(".").at(-1) ?? "")).sort();
  expect(kinds("sidecar")).toEqual(["Cluster", "ClusterLoadAssignment", "Listener", "NameTable", "RouteConfiguration", "Secret"]);
  expect(kinds("gateway_plain")).toEqual(["Cluster", "ClusterLoadAssignment", "Listener", "RouteConfiguration"]);
});

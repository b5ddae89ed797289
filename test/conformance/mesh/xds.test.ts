import { describe, expect, test } from "bun:test";
import { replayXds } from "./replay-xds.ts";
import { transcript, transcriptNames } from "./transcripts.ts";
import { XDS_LEFT_ASIDE } from "./xds-left-aside.ts";

const names = transcriptNames("xds");

describe("recorded exchanges of xDS", () => {
  test("there are 67, and those that are left aside are among them", () => {
    expect(names.length).toBe(67);
    expect(Object.keys(XDS_LEFT_ASIDE).filter((name) => !names.includes(name))).toEqual([]);
  });

  test.each(Object.keys(XDS_LEFT_ASIDE))("%s is left aside because it differs", async (name) => {
    expect(await replayXds(transcript(name))).not.toEqual([]);
  });

  test.each(names.filter((name) => XDS_LEFT_ASIDE[name] === undefined))("%s", async (name) => {
    expect(await replayXds(transcript(name))).toEqual([]);
  });
});

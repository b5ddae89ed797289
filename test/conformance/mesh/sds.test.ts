import { describe, expect, test } from "bun:test";
import { replaySds } from "./replay-sds.ts";
import { SDS_LEFT_ASIDE } from "./sds-left-aside.ts";
import { transcript, transcriptNames } from "./transcripts.ts";

const names = transcriptNames("sds");

describe("recorded exchanges of SDS", () => {
  test("there are 52, and those that are left aside are among them", () => {
    expect(names.length).toBe(52);
    expect(Object.keys(SDS_LEFT_ASIDE).filter((name) => !names.includes(name))).toEqual([]);
  });

  test.each(Object.keys(SDS_LEFT_ASIDE))("%s is left aside because it differs", async (name) => {
    expect(await replaySds(transcript(name))).not.toEqual([]);
  });

  test.each(names.filter((name) => SDS_LEFT_ASIDE[name] === undefined))("%s", async (name) => {
    expect(await replaySds(transcript(name))).toEqual([]);
  });
});

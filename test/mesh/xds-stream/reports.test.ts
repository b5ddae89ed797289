import { describe, expect, test } from "bun:test";
import { join } from "../../../src/mesh/pieces.ts";
import { newXdsStream, stepXds, type XdsEvent } from "../../../src/mesh/xds-stream.ts";
import { XDS_TYPE } from "../../../src/mesh/xds-types.ts";
import { FORWARDED, KINDS, NONE, request, step } from "./steps.ts";

describe.each(KINDS)("reports about the workload, %s", (kind) => {
  const listeners: XdsEvent = { kind: "request", message: request(kind, { typeUrl: XDS_TYPE.listener }) };
  const report = (problem?: string): XdsEvent => ({ kind: "health", report: problem === undefined ? {} : { problem } });

  test("are sent at once when listeners were requested", () => {
    let { next } = step(newXdsStream(kind, NONE), listeners);
    for (const [problem, expected] of [
      ["broken", "HealthInformation, 13 broken"],
      ["", "HealthInformation, 13 "],
      [undefined, "HealthInformation"],
    ] as const) {
      const sent = step(next, report(problem));
      expect(sent.got).toEqual([`to control-plane: ${expected}`]);
      next = sent.next;
    }
    expect(step(next, listeners).got).toEqual([FORWARDED]);
  });

  test("wait until then, and only the last one is sent", () => {
    const first = step(newXdsStream(kind, NONE), report("broken"));
    const second = step(first.next, report());
    expect([...first.got, ...second.got]).toEqual([]);
    expect(step(second.next, listeners).got).toEqual([FORWARDED, "to control-plane: HealthInformation"]);
  });

  test("have a type, no node and no names", () => {
    const [, [command]] = stepXds(step(newXdsStream(kind, NONE), listeners).next, report());
    const message = command?.kind === "send" ? join(command.message) : undefined;
    const tag = kind === "sotw" ? 0x22 : 0x12;
    expect(message).toEqual(Uint8Array.from([tag, XDS_TYPE.health.length, ...new TextEncoder().encode(XDS_TYPE.health)]));
  });

  test("end with the stream", () => {
    const { next } = step(step(newXdsStream(kind, NONE), listeners).next, { kind: "closed" });
    expect(step(next, report("broken")).got).toEqual([]);
  });
});

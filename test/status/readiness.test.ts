import { describe, expect, test } from "bun:test";
import { statOf } from "../../src/status/admin-stats.ts";
import { evaluate, isMissing, keptState, NOT_READY, nextQuestion } from "../../src/status/readiness.ts";
import { planOf } from "./plan.ts";

const { readiness: rules } = planOf({});
const UPDATED = "cluster_manager.cds.update_success: 1\nlistener_manager.lds.update_success: 2\n";
const LIVE = "server.state: 0\nlistener_manager.workers_started: 1\n";

describe("statistics", () => {
  test.each([
    ["a: 1\n", "a", 1],
    ["", "a", 0],
    ["ab: 7\na: 1\n", "a", 7],
    ["a: 1: 2\n", "a", undefined],
    ["a 1\n", "a", undefined],
    ["a: -1\n", "a", undefined],
    ["a: 1.5\n", "a", undefined],
    ["a:   12  \n", "a", 12],
    ["a: 18446744073709551615\n", "a", 2 ** 64],
    ["a: 18446744073709551616\n", "a", undefined],
    ["a: +1\n", "a", undefined],
  ])("%j has %s = %p", (page, name, value) => {
    const found = statOf(page, name);
    expect(found.ok ? found.value : undefined).toBe(value);
  });
});

describe("readiness", () => {
  test("requests updates, then the state, then nothing", () => {
    const first = nextQuestion(NOT_READY, rules);
    expect(first?.about).toBe("updates");
    const updated = first && evaluate(NOT_READY, first, UPDATED);
    if (updated === undefined || isMissing(updated)) throw new Error("updates were not seen");
    const second = nextQuestion(updated, rules);
    expect(second?.about).toBe("state");
    const live = second && evaluate(updated, second, LIVE);
    if (live === undefined || isMissing(live)) throw new Error("the state was not seen");
    expect(nextQuestion(live, rules)).toBeUndefined();
    expect(nextQuestion(keptState(live, rules), rules)).toBeUndefined();
    expect(nextQuestion(keptState(live, { ...rules, remembersState: false }), { ...rules, remembersState: false })?.about).toBe("state");
  });

  test("a condition that was not met is checked again", () => {
    expect(keptState({ updates: true, state: false }, rules)).toEqual({ updates: true, state: false });
    expect(keptState({ updates: false, state: true }, rules)).toEqual({ updates: false, state: true });
  });

  test.each([
    ["updates", "", "CDS not received, LDS not received"],
    ["updates", "cluster_manager.cds.update_success: 1\n", "LDS not received"],
    ["updates", "listener_manager.lds.update_success: 1\n", "CDS not received"],
    [
      "updates",
      "cluster_manager.cds.update_rejected: 1\nlistener_manager.lds.update_rejected: 1\n",
      "CDS rejected by Envoy, LDS rejected by Envoy",
    ],
    ["updates", "cluster_manager.cds.update_success: 1: 2\nlistener_manager.lds.update_success: 2\n", "unreadable updates"],
    ["state", "listener_manager.workers_started: 1\n", "server.state"],
    ["state", "server.state: 0\n", "listener_manager.workers_started"],
    ["state", "server.state: 1\nlistener_manager.workers_started: 1\n", "state DRAINING"],
    ["state", "server.state: 2\nlistener_manager.workers_started: 1\n", "state PRE_INITIALIZING"],
    ["state", "server.state: 3\nlistener_manager.workers_started: 1\n", "state INITIALIZING"],
    ["state", "server.state: 9\nlistener_manager.workers_started: 1\n", "state 9"],
    ["state", "server.state: 0\nlistener_manager.workers_started: 0\n", "workers"],
  ] as const)("%s from %j: %s is missing", (about, page, part) => {
    const found = evaluate(NOT_READY, { about, ask: { target: "/", timeoutMilliseconds: 1 } }, page);
    expect(isMissing(found) ? found.part : "nothing").toBe(part);
  });

  // The counts are CDS accepted, CDS rejected, LDS accepted, LDS rejected; resources not received may be the control plane's fault.
  const HINT = "; Envoy's log lines say why it rejects them";
  test.each([
    [[0, 0, 0, 0], "CDS not received, LDS not received", "", true],
    [[0, 0, 1, 0], "CDS not received", "", true],
    [[2, 0, 0, 0], "LDS not received", "", true],
    [[0, 3, 0, 0], "CDS rejected by Envoy, LDS not received", HINT, false],
    [[0, 3, 0, 4], "CDS rejected by Envoy, LDS rejected by Envoy", HINT, false],
    [[0, 3, 1, 0], "CDS rejected by Envoy", HINT, false],
    [[1, 0, 0, 1], "LDS rejected by Envoy", HINT, false],
    [[0, 0, 0, 1], "CDS not received, LDS rejected by Envoy", HINT, true],
    // Earlier or later rejections beside an accepted update are not mentioned.
    [[1, 5, 0, 0], "LDS not received", "", true],
    [[0, 0, 1, 5], "CDS not received", "", true],
  ] as const)("updates %j: %s%s", ([cds, cdsRejected, lds, ldsRejected], parts, hint, isNotReceived) => {
    const page = [
      `cluster_manager.cds.update_success: ${cds}`,
      `cluster_manager.cds.update_rejected: ${cdsRejected}`,
      `listener_manager.lds.update_success: ${lds}`,
      `listener_manager.lds.update_rejected: ${ldsRejected}`,
    ].join("\n");
    const counts = `cds updates: ${cds} successful, ${cdsRejected} rejected; lds updates: ${lds} successful, ${ldsRejected} rejected`;
    expect(evaluate(NOT_READY, { about: "updates", ask: { target: "/", timeoutMilliseconds: 1 } }, page)).toEqual({
      part: parts,
      text: `${parts} (${counts})${hint}`,
      isNotReceived,
      isWithoutListeners: lds === 0 && ldsRejected > 0,
    });
  });
});

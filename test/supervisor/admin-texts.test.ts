import { describe, expect, test } from "bun:test";
import { activeConnections, serverInfo } from "../../src/envoy/admin-texts.ts";

const COUNTING = { ownPorts: [15021, 15090], countsInternal: false };

describe("activeConnections", () => {
  test.each<[string, string, number | undefined]>([
    ["nothing at all", "", undefined],
    ["only blanks", "\n\n", undefined],
    ["one listener", "listener.0.0.0.0_8080.downstream_cx_active: 3\n", 3],
    ["several, of both families", "listener.0.0.0.0_8080.downstream_cx_active: 3\nlistener.[__]_8081.downstream_cx_active: 4", 7],
    ["Envoy's own listeners", "listener.0.0.0.0_15021.downstream_cx_active: 1\nlistener.0.0.0.0_15090.downstream_cx_active: 2", 0],
    ["Envoy's own listeners on IPv6", "listener.[__]_15021.downstream_cx_active: 1\nlistener.[__1]_15090.downstream_cx_active: 2", 0],
    ["the admin interface", "listener.admin.downstream_cx_active: 4\nlistener.admin.main_thread.downstream_cx_active: 4", 0],
    ["counts per worker", "listener.0.0.0.0_8080.worker_0.downstream_cx_active: 9\nlistener.0.0.0.0_8080.downstream_cx_active: 1", 1],
    ["internal listeners", "listener.envoy_internal_x.downstream_cx_active: 2", 0],
    ["a port that only ends alike", "listener.0.0.0.0_115021.downstream_cx_active: 2", 2],
    ["listeners with names", "listener.inbound.downstream_cx_active: 2", 2],
    ["other statistics", "http.inbound.downstream_cx_active: 5\ncluster.x.upstream_cx_active: 1", 0],
    [
      "lines that cannot be read",
      "listener.a.downstream_cx_active: x\nlistener.b.downstream_cx_active: 1: 2\nlistener.c.downstream_cx_active 3",
      0,
    ],
  ])("%s", (_, text, count) => {
    expect(activeConnections(text, COUNTING)).toBe(count as never);
  });

  test("internal listeners count in releases that count them, as any other", () => {
    const text = "listener.envoy_internal_x.downstream_cx_active: 2\nlistener.envoy_internal_x.worker_0.downstream_cx_active: 2";
    expect(activeConnections(text, { ...COUNTING, countsInternal: true })).toBe(2);
  });
});

describe("serverInfo", () => {
  test.each<[string, string, unknown]>([
    ["a live Envoy of epoch 2", '{"state":"LIVE","command_line_options":{"restart_epoch":2}}', { state: "LIVE", epoch: 2 }],
    ["epoch 0 is left out", '{"state":"PRE_INITIALIZING","command_line_options":{}}', { state: "PRE_INITIALIZING", epoch: 0 }],
    ["a state that is left out is LIVE", "{}", { state: "LIVE", epoch: 0 }],
    ["up to the node", '{\n "state": "LIVE",\n "command_line_options": {\n  "restart_epoch": 1\n },', { state: "LIVE", epoch: 1 }],
    ["no JSON", "<html>", undefined],
    ["no JSON up to the node", "<html>,", undefined],
    ["no object", "[]", undefined],
  ])("%s", (_, text, info) => {
    expect(serverInfo(text)).toEqual(info as never);
  });
});

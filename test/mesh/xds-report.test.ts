import { describe, expect, test } from "bun:test";
import { extensionAdvice } from "../../src/mesh/missing-extensions.ts";
import { openWaits } from "../../src/mesh/silence.ts";
import { type XdsEnd, xdsReport } from "../../src/mesh/xds-report.ts";
import { XDS_TYPE } from "../../src/mesh/xds-types.ts";

function open() {
  const logged: string[] = [];
  const clock = { now: 0 };
  const report = xdsReport(
    "istiod:15012",
    (level, text) => logged.push(`${level} ${text}`),
    openWaits(() => clock.now),
  );
  /** Returns what was logged since the last call. */
  const lines = () => logged.splice(0);
  return { report, lines, clock };
}

const REFUSED: XdsEnd = {
  by: "control-plane",
  status: { code: 14, message: "connection refused" },
  isExpected: false,
  wasConnected: false,
  hint: "",
};
const LOST: XdsEnd = {
  ...REFUSED,
  status: { code: 14, message: "error reading from server: EOF" },
  isExpected: true,
  wasConnected: true,
};

describe("the connection to the control plane", () => {
  test("is reported with the setting that limits requests of Envoy", () => {
    const { report, lines } = open();
    const status = { code: 8, message: "grpc: received message larger than max (2059 vs. 100)" };
    report.ended({ ...LOST, by: "envoy", status, isExpected: false });
    report.ended({ ...LOST, status, isExpected: false });
    expect(lines()).toEqual([
      `warn Ended an xDS stream of Envoy: RESOURCE_EXHAUSTED: ${status.message} (the limit of requests of Envoy: ISTIO_GPRC_MAXRECVMSGSIZE)`,
      `warn Lost the connection to the control plane "istiod:15012", Envoy connects again: RESOURCE_EXHAUSTED: ${status.message}`,
    ]);
  });

  test("is reported when it ends without an error", () => {
    const { report, lines } = open();
    report.ended({ ...REFUSED, status: { code: 0, message: "" } });
    expect(lines()).toEqual([
      'warn Cannot connect to the control plane "istiod:15012", Envoy tries again: it has ended the stream without an error',
    ]);
  });

  test("has a rejection of Envoy without a reason", () => {
    const { report, lines } = open();
    report.verdict({ by: "envoy", typeUrl: XDS_TYPE.cluster, nonce: "n", reason: "" });
    expect(lines()).toEqual(['warn Envoy rejected Cluster of the control plane "istiod:15012": no reason given']);
  });

  test("is reported when it is made, lost, and made again", () => {
    const { report, lines } = open();
    expect(report.connected("delta")).toBe(false);
    expect(lines()).toEqual(['info Connected to the control plane "istiod:15012" (delta)']);
    expect(report.connected("delta")).toBe(false);
    expect(lines()).toEqual([]);
    report.ended(LOST);
    const lost =
      'Lost the connection to the control plane "istiod:15012", Envoy connects again: UNAVAILABLE: error reading from server: EOF';
    expect(lines()).toEqual([`info ${lost}`]);
    for (let tries = 0; tries < 3; tries++) report.ended(REFUSED);
    expect(lines()).toEqual([
      'warn Cannot connect to the control plane "istiod:15012", Envoy tries again: UNAVAILABLE: connection refused',
    ]);
    expect(report.connected("sotw")).toBe(true);
    expect(lines()).toEqual([]);
    report.lasted("sotw");
    expect(report.connected("sotw")).toBe(false);
    expect(lines()).toEqual(['info Connected to the control plane "istiod:15012" again (state of the world)']);
    report.ended({ ...LOST, isExpected: false });
    expect(lines()).toEqual([`warn ${lost}`]);
  });

  test("that does not last is reported with its first failures only", () => {
    const { report, lines } = open();
    for (let tries = 0; tries < 10; tries++) {
      report.connected("delta");
      report.ended(LOST);
    }
    expect(lines().map((line) => line.replace(/ the control plane.*/, ""))).toEqual(["info Connected to", "info Lost the connection to"]);
    report.connected("delta");
    report.lasted("delta");
    report.ended(LOST);
    expect(lines().map((line) => line.replace(/: .*/, ""))).toEqual([
      'info Connected to the control plane "istiod:15012" again (delta)',
      'info Lost the connection to the control plane "istiod:15012", Envoy connects again',
    ]);
  });

  test("is refused for each reason once, also when reasons alternate, and for some reasons at most", () => {
    const { report, lines } = open();
    const denied: XdsEnd = { ...REFUSED, status: { code: 16, message: "" }, hint: " (without token)" };
    for (const end of [REFUSED, denied, REFUSED, denied]) report.ended(end);
    expect(lines().map((line) => line.replace(/.*again: /, ""))).toEqual([
      "UNAVAILABLE: connection refused",
      "UNAUTHENTICATED (without token)",
    ]);
    for (let index = 0; index < 100; index++) report.ended({ ...REFUSED, status: { code: 14, message: `${index}` } });
    expect(lines()).toHaveLength(18);
  });

  test("is refused for a reason once, whatever time or port it has", () => {
    const { report, lines } = open();
    for (const time of ["12:00:01.5Z", "12:00:02Z"])
      report.ended({ ...REFUSED, status: { code: 16, message: `denied at 2026-11-29T${time} for 10.0.0.1:40${time.length}1` } });
    expect(lines()).toHaveLength(1);
  });

  test("is not reported when Envoy ends a stream, unless Envoy breaks a rule", () => {
    const { report, lines } = open();
    report.connected("delta");
    lines();
    report.ended({ ...LOST, by: "envoy" });
    expect(lines()).toEqual([]);
    expect(report.reason()).toBeUndefined();
    // Nothing was lost, so nothing is over when the next connection has lasted.
    expect(report.connected("delta")).toBe(false);
    const tooLarge = { ...REFUSED, by: "envoy", status: { code: 8, message: "too large" } } as const;
    report.ended(tooLarge);
    report.ended(tooLarge);
    expect(lines()).toEqual(["warn Ended an xDS stream of Envoy: RESOURCE_EXHAUSTED: too large"]);
    expect(report.connected("delta")).toBe(true);
  });
});

describe("a rejection", () => {
  const by = "envoy";
  const [cluster, listener] = [XDS_TYPE.cluster, XDS_TYPE.listener];

  test("is reported once, until Envoy has accepted another response", () => {
    const { report, lines } = open();
    const text = 'warn Envoy rejected Cluster of the control plane "istiod:15012": no; good';
    report.verdict({ by, typeUrl: cluster, nonce: "n1", reason: "no\ngood\n" });
    expect(lines()).toEqual([text]);
    report.verdict({ by, typeUrl: cluster, nonce: "n2", reason: "no\ngood" });
    report.verdict({ by, typeUrl: cluster, nonce: "n2" });
    report.verdict({ by, typeUrl: listener, nonce: "n3" });
    expect(report.reason()).toBe(text.slice("warn ".length));
    report.verdict({ by, typeUrl: cluster, nonce: "n4" });
    expect(report.reason()).toBeUndefined();
    report.verdict({ by, typeUrl: cluster, nonce: "n5", reason: "no\ngood" });
    expect(lines()).toEqual([text]);
  });

  test("ends with an accepted response of a later stream, also if its nonce is the same", () => {
    const { report, lines } = open();
    report.connected("delta");
    report.verdict({ by, typeUrl: cluster, nonce: "1", reason: "no good" });
    expect(report.reason()).toContain("no good");
    report.connected("delta");
    report.verdict({ by, typeUrl: cluster, nonce: "1", reason: "no good" });
    expect(report.reason()).toContain("no good");
    report.connected("delta");
    report.verdict({ by, typeUrl: cluster, nonce: "1" });
    expect(report.reason()).toBeUndefined();
    expect(lines().filter((line) => line.includes("no good"))).toHaveLength(1);
  });

  test("of the agent is one, too", () => {
    const { report, lines } = open();
    report.verdict({ by: "agent", typeUrl: XDS_TYPE.nameTable, nonce: "n1", reason: "no table" });
    expect(lines()).toEqual(['warn attache rejected NameTable of the control plane "istiod:15012": no table']);
  });

  test("of any length and type takes little memory", () => {
    const { report, lines } = open();
    for (let index = 0; index < 1_000; index++) report.verdict({ by, typeUrl: `type/t.${index}`, nonce: "", reason: "x".repeat(100_000) });
    const logged = lines();
    expect(logged).toHaveLength(20);
    expect(Math.max(...logged.map((line) => line.length))).toBeLessThan(1_200);
  });
});

describe("why Envoy may have no configuration", () => {
  test.each<[string, boolean, string]>([
    ["a connection that is not made", false, 'control plane "istiod:15012" has not answered for more than 5 s'],
    ["a stream", true, 'control plane "istiod:15012" has accepted the connection, but has not answered for more than 5 s'],
  ])("is that the control plane does not answer on %s for long", (_, isConnected, reason) => {
    const { report, lines, clock } = open();
    const answered = report.awaits(() => isConnected);
    clock.now = 4_999;
    expect(report.reason()).toBeUndefined();
    clock.now = 5_000;
    expect(report.reason()).toBe(reason);
    answered();
    expect(report.reason()).toBeUndefined();
    expect(lines()).toEqual([]);
  });

  test.each([
    ["takes long to connect", false],
    ["is connected and silent", true],
  ])("is the last failure, not that the next try %s", (_, isConnected) => {
    const { report, clock } = open();
    report.ended(REFUSED);
    report.awaits(() => isConnected);
    clock.now = 10_000;
    expect(report.reason()).toBe('control plane "istiod:15012": UNAVAILABLE: connection refused');
  });

  test("is that the control plane does not answer where no connection was made before", () => {
    const { report, clock } = open();
    const message = 'connection error: desc = "transport: Error while dialing: dial tcp istiod:15012: connect: connection refused"';
    report.ended({ ...REFUSED, status: { code: 14, message } });
    report.awaits(() => true);
    clock.now = 10_000;
    expect(report.reason()).toBe('control plane "istiod:15012" has accepted the connection, but has not answered for more than 5 s');
  });

  test("is what the control plane or Envoy has said, until clusters and listeners are accepted", () => {
    const { report } = open();
    expect(report.reason()).toBeUndefined();
    report.ended(REFUSED);
    expect(report.reason()).toBe('control plane "istiod:15012": UNAVAILABLE: connection refused');
    report.connected("delta");
    expect(report.reason()).toBeUndefined();
    report.verdict({ by: "envoy", typeUrl: XDS_TYPE.cluster, nonce: "n1" });
    report.verdict({ by: "envoy", typeUrl: XDS_TYPE.listener, nonce: "n2", reason: "no good" });
    report.ended(LOST);
    expect(report.reason()).toBe(
      'control plane "istiod:15012": UNAVAILABLE: error reading from server: EOF; Envoy rejected Listener of the control plane "istiod:15012": no good',
    );
    report.verdict({ by: "envoy", typeUrl: XDS_TYPE.listener, nonce: "n3" });
    report.verdict({ by: "envoy", typeUrl: XDS_TYPE.listener, nonce: "n4", reason: "no good" });
    expect(report.reason()).toBeUndefined();
  });
});

describe("advice about a missing extension", () => {
  const unknown = (name: string, typeUrl: string) => `Didn't find a registered implementation for '${name}' with type URL: '${typeUrl}'`;
  const image = "use the Envoy of Istio's proxy image, which has it";
  const rows: readonly (readonly [string, string])[] = [
    ["malformed IP address: nowhere.example", ""],
    [
      `Error adding/updating listener(s) virtualInbound: ${unknown("istio.stats", "type.googleapis.com/stats.PluginConfig")}\n`,
      `; this Envoy has no extension "istio.stats": ${image}, or configure istiod to leave it out: no default metrics provider (defaultProviders of its mesh config)`,
    ],
    [
      `${unknown("istio.alpn", "type.googleapis.com/istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig")} and ${unknown("istio.metadata_exchange", "")}`,
      `; this Envoy has no extension "istio.alpn", "istio.metadata_exchange": ${image}, or configure istiod to leave it out: PILOT_ENABLE_METADATA_EXCHANGE=false, PILOT_ENABLE_ALPN_FILTER=false`,
    ],
    ["Didn't find a registered implementation for name: 'my.filter'", `; this Envoy has no extension "my.filter": ${image}`],
    [unknown("", "type.googleapis.com/a.B"), `; this Envoy has no extension "type.googleapis.com/a.B": ${image}`],
  ];
  test.each(rows)("%s", (reason, advice) => expect(extensionAdvice(reason)).toBe(advice));
});

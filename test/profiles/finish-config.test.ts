import { describe, expect, test } from "bun:test";
import { applyAnnotations } from "../../src/profiles/finish-config.ts";
import { started } from "./started.ts";

test("problems with settings are reported before those with annotations", async () => {
  const PROXY_CONFIG = JSON.stringify({ controlPlaneAuthPolicy: "NONE", discoveryAddress: "istiod:15010", proxyAdminPort: 70_000 });
  const files = { "etc/istio/pod/annotations": 'status.sidecar.istio.io/port="70001"\n' };
  const { errors } = await started("istio-1.30", { env: { PROXY_CONFIG }, files });
  expect(errors).toMatch(/70000.*70001/s);
});

describe("the annotations that apply after all layers (contract 1.6 §5.2 row 7, 1.30 §5.3)", () => {
  const applied = (annotations: Readonly<Record<string, string>>, isShown = false) =>
    applyAnnotations({ statusPort: 15020, discoveryAddress: "a:1" }, new Map(Object.entries(annotations)), isShown);
  const port = (text: string, isShown = false) => applied({ "status.sidecar.istio.io/port": text }, isShown);

  test.each<[string, number | undefined]>([
    ["1", 1],
    ["65535", 65535],
    ["+15000", 15000],
    ["0", undefined],
  ])("status port %j is %p", (text, expected) => {
    for (const isShown of [false, true])
      expect(port(text, isShown)).toEqual({
        config: { discoveryAddress: "a:1", ...(expected === undefined ? {} : { statusPort: expected }) },
        problems: [],
        notices: [],
      });
  });

  test.each(["65536", "-1"])("status port %j is invalid: refused if the bootstrap contains it, else reported", (text) => {
    const reason = `must be a port from 1 to 65535, or 0 for none: current value is "${text}"`;
    expect(port(text, true)).toMatchObject({ problems: [`pod annotation status.sidecar.istio.io/port ${reason}`], notices: [] });
    expect(port(text, false)).toMatchObject({
      config: { statusPort: Number(text) },
      problems: [],
      notices: [{ level: "error", text: `Cannot use annotation status.sidecar.istio.io/port, the status server is disabled: ${reason}` }],
    });
  });

  test("a status port that is not a number is 0 with an error", () => {
    for (const isShown of [false, true]) {
      const { config, problems, notices } = port("http", isShown);
      expect({ config, problems }).toEqual({ config: { discoveryAddress: "a:1" }, problems: [] });
      expect(notices.map(({ level }) => level)).toEqual(["error"]);
    }
  });

  test("the discovery address is used unchanged, even if it is empty", () => {
    expect(applied({ "sidecar.istio.io/discoveryAddress": "" }).config).toEqual({ statusPort: 15020, discoveryAddress: "" });
    expect(applied({ "sidecar.istio.io/discoveryAddress": "b:2" }).config["discoveryAddress"]).toBe("b:2");
    expect(applied({}).config["discoveryAddress"]).toBe("a:1");
  });
});

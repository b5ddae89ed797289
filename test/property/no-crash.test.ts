import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { run } from "../../src/commands/run.ts";
import { type Case, PROFILE_NAMES } from "../conformance/cases.ts";
import { fakeHost } from "../conformance/fake-host.ts";
import { hostile, SEED } from "./hostile-text.ts";

describe.each(PROFILE_NAMES)("nothing crashes %s", (profile) => {
  const ended = async (args: readonly string[], recorded: Partial<Case>) => {
    const { host, errors } = fakeHost({ name: "generated", profile, args, expect: { launched: false, exit: 0 }, ...recorded });
    const status = await run(["--profile", profile, ...args], "attache", host);
    expect({
      status: [0, 1, 255].includes(status) ? "fine" : status,
      errors: errors.filter((text) => text.includes("bug in attache")),
    }).toEqual({ status: "fine", errors: [] });
  };
  const text = fc.oneof(
    hostile,
    fc.json(),
    fc.string({ unit: "binary", maxLength: 40 }).map((each) => each.replaceAll("\0", "")),
  );

  test("with any texts", async () => {
    await fc.assert(
      fc.asyncProperty(text, text, text, text, text, async (config, mesh, labels, annotations, json) => {
        await ended(["proxy"], {
          env: { PROXY_CONFIG: config, ISTIO_METAJSON_X: json, ISTIO_METAJSON_LABELS: json, ISTIO_META_POD_PORTS: config },
          files: {
            "etc/istio/config/mesh": mesh,
            "etc/istio/pod/labels": labels,
            "etc/istio/pod/annotations": `proxy.istio.io/config=${JSON.stringify(annotations)}\nistio.io/proxyConfig=${JSON.stringify(annotations)}`,
          },
        });
      }),
      { numRuns: 400, seed: SEED },
    );
  }, 180_000);

  test("with any arguments", async () => {
    const word = fc.oneof(
      hostile,
      fc.constantFrom(
        "--",
        "-",
        "-h",
        "proxy",
        "render",
        "version",
        "--concurrency",
        "--domain=x",
        "-o",
        "--strict",
        "--xds=file:x",
        "--format",
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 6 }), (args) => ended(args, {})),
      { numRuns: 400, seed: SEED },
    );
  }, 180_000);
});

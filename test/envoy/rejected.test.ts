import { afterEach, describe, expect, test } from "bun:test";
import type { EndCause } from "../../src/envoy/end-cause.ts";
import type { EpochPlan } from "../../src/launch/plan.ts";
import { OFFLINE } from "../scenarios/support.ts";
import { optionsOf } from "../support/envoy-options.ts";
import { SOURCE } from "../support/subject.ts";
import { admin, endOf, killAll, launchOf, ownBaseId } from "./ends.ts";
import { environmentOf, runToEnd, workDirectory, write } from "./support.ts";

afterEach(killAll);

const TOKEN = "eyJhbGciOiJub25lIn0.c2VjcmV0.";
const ADAPT = expect.stringContaining("--adapt-envoy (ATTACHE_ADAPT_ENVOY=true)");

/** Configurations that Envoy rejects, with a token in the document that it prints, and the reported cause. */
const REFUSED: readonly (readonly [name: string, launch: () => EpochPlan, cause: EndCause])[] = [
  [
    "an unknown flag",
    () => launchOf({}, optionsOf("--no-such-flag")),
    {
      text: "Envoy exited with status 1, because it rejects its arguments: argument --no-such-flag: Couldn't find match for argument",
      hint: expect.stringContaining("another release"),
    },
  ],
  [
    "a flag given twice",
    () => launchOf({}, optionsOf("--concurrency", "1", "--concurrency", "2")),
    { text: "Envoy exited with status 1, because it rejects its arguments: argument --concurrency: Argument already set" },
  ],
  [
    "a log level it does not know",
    () => launchOf({}, optionsOf("-l", "bogus")),
    { text: "Envoy exited with status 1, because it rejects its arguments: invalid log level specified 'bogus'" },
  ],
  [
    "an unknown field, although its log is off",
    () => launchOf({ node: { metadata: { TOKEN } }, unknown_top: 1 }, optionsOf("-l", "off", "--disable-hot-restart")),
    {
      text: "Envoy exited with status 1, because it rejects its configuration: invalid JSON in envoy.config.bootstrap.v3.Bootstrap: no such field: 'unknown_top'",
    },
  ],
  [
    "a token where a number belongs",
    () => launchOf({ admin: { address: { socket_address: { address: "::", port_value: TOKEN } } } }),
    {
      text: "Envoy exited with status 1, because it rejects its configuration: invalid JSON in envoy.config.bootstrap.v3.Bootstrap @ admin.address.socket_address.port_value: uint32: invalid number: '***'",
    },
  ],
  [
    "a document that ends too early",
    () => launchOf(`{"node": {"metadata": {"TOKEN": "${TOKEN}"`),
    {
      text: expect.stringMatching(
        /rejects its configuration: .*@ node\.metadata\.\S+: message google\.protobuf\.Struct\.FieldsEntry: expected '\W'$/,
      ),
    },
  ],
  [
    "a value that breaks a rule, after the document",
    () => launchOf({ node: { metadata: { TOKEN } }, admin: admin(99999) }),
    {
      text: "Envoy exited with status 1, because it rejects its configuration: Admin.Address.SocketAddress.PortValue: value must be less than or equal to 65535",
    },
  ],
  [
    "two clusters of a name",
    () => {
      const cluster = { name: "a", type: "STATIC" };
      return launchOf({ node: { metadata: { TOKEN } }, static_resources: { clusters: [cluster, cluster] } });
    },
    { text: "Envoy exited with status 1, because it rejects its configuration: cluster manager: duplicate cluster 'a'" },
  ],
  [
    "an invalid configuration in its arguments",
    () => launchOf({}, optionsOf("--disable-hot-restart", "--config-yaml", TOKEN)),
    { text: "Envoy exited with status 1, because it rejects its configuration: Unable to convert YAML as JSON" },
  ],
  [
    "API v2 in a bootstrap of a person's own",
    () => launchOf(oldTracing("type.googleapis.com/envoy.config.trace.v2.ZipkinConfig")),
    {
      text: "Envoy exited with status 1, because it rejects its configuration: could not find @type 'type.googleapis.com/envoy.config.trace.v2.ZipkinConfig'",
      hint: expect.stringContaining("v3"),
    },
  ],
];

function oldTracing(type: string) {
  return { node: { metadata: { TOKEN } }, tracing: { http: { name: "envoy.zipkin", typed_config: { "@type": type } } } };
}

describe("an Envoy that rejects", () => {
  test.each(REFUSED)("%s is reported, without the document's content", async (_, launch, cause) => {
    const found = await endOf(launch());
    expect(found).toEqual(cause);
    expect(JSON.stringify(found)).not.toContain(TOKEN.slice(0, 12));
  });
});

describe("the launch of release 1.6 on a current Envoy", () => {
  async function oldLaunch(): Promise<EpochPlan> {
    const directory = workDirectory();
    const command = [...OFFLINE, ...SOURCE.command, "render", "--profile", "istio-1.6", "--format", "launch", "sidecar"];
    const { out } = await runToEnd(command, directory, environmentOf({ environment: { ISTIO_META_TOKEN: TOKEN } }, directory));
    const launch: EpochPlan = JSON.parse(out).epoch;
    write(launch.configFile, launch.bootstrap ?? "");
    return launch;
  }

  test("is rejected for a flag, which --adapt-envoy omits", async () => {
    expect(await endOf(await oldLaunch(), { runsOldContract: true })).toEqual({
      text: "Envoy exited with status 1, because it rejects its arguments: argument --max-obj-name-len: Couldn't find match for argument",
      hint: ADAPT,
    });
  });

  test("is rejected for API v2, which --adapt-envoy converts", async () => {
    const launch = await oldLaunch();
    const kept = launch.options.filter(({ name }) => name !== "--max-obj-name-len");
    const found = await endOf({ ...launch, options: [...kept, ownBaseId(300_000)] }, { runsOldContract: true });
    expect(launch.bootstrap).toContain(TOKEN);
    expect(found).toEqual({
      text: expect.stringMatching(
        /rejects its configuration: could not find @type 'type\.googleapis\.com\/envoy\.config\.[\w.]+\.v2\.\w+'$/,
      ),
      hint: ADAPT,
    });
  });
});

describe("an Envoy that rejects an override", () => {
  const OWN = [{ kind: "override", path: "/o.yaml", origin: "ISTIO_BOOTSTRAP_OVERRIDE" }] as const;
  const NAMED = '; Envoy merges the override "/o.yaml" (ISTIO_BOOTSTRAP_OVERRIDE), whose lists are appended';
  const twice = { static_resources: { clusters: [{ name: "a", type: "STATIC" }] } };
  test.each([
    ["its own format", {}],
    ["the text of release 1.30", { text_format: "%Y-%m-%dT%T.%fZ\t%l\tenvoy %n %g:%#\t%v\tthread=%t" }],
    ["JSON", { json_format: { level: "%l", msg: "%j", thread: "%t" } }],
    ["JSON with other names", { json_format: { severity: "%l", said: { text: "%j" }, thread: "%t" } }],
    ["a text with the thread behind", { text_format: "%l %v (%t, %P)" }],
  ])("and logs as %s is reported with it, without its log format", async (_, format) => {
    const document = { ...twice, ...(Object.keys(format).length === 0 ? {} : { application_log_config: { log_format: format } }) };
    const launch = launchOf(document, optionsOf("--disable-hot-restart", "--config-yaml", JSON.stringify(twice)));
    expect((await endOf({ ...launch, ownConfiguration: OWN })).text).toBe(
      `Envoy exited with status 1, because it rejects its configuration: cluster manager: duplicate cluster 'a'${NAMED}`,
    );
  });
});

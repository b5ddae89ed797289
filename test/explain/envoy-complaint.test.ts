import { describe, expect, test } from "bun:test";
import { complaintsIn } from "../../src/explain/envoy-complaint.ts";
import { type Documents, namedPath, type Place, resolveMerged, resolveSteps, withoutPlace } from "../../src/explain/envoy-documents.ts";
import { examine } from "../../src/explain/examine.ts";
import { findCandidates } from "../../src/explain/find-candidates.ts";
import { pathText } from "../../src/explain/paths.ts";
import type { JsonValue } from "../../src/go/json-value.ts";

// The words are those of Envoy 1.40, as it printed them.

const CRITICAL = "[2026-11-29 14:39:46.119][6526][critical][main] [source/server/config_validation/server.cc:76] ";
const RELEASE_LINE = "2026-11-29T14:39:46.361375Z\tcritical\tenvoy main source/server/config_validation/server.cc:76\t";
const START = "error initializing configuration '/tmp/b.json': ";
const UNKNOWN =
  "[2026-11-29 14:39:46.032][6519][warning][config] [source/common/protobuf/message_validator_impl.cc:64] Unknown field: type envoy.config.bootstrap.v3.Bootstrap reason INVALID_ARGUMENT: ";

const TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
const HCM = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const BOOTSTRAP: JsonValue = {
  node: { metadata: { tracing: "x" } },
  admin: { access_log_path: "/dev/null" },
  static_resources: { clusters: [{ name: "xds-grpc", type: "STATIC" }, { name: "zipkin" }] },
  stats_flush_interval: "-5s",
};
const OVERRIDE: JsonValue = {
  admin: { access_log_path: "/dev/stdout" },
  static_resources: {
    clusters: [
      {
        name: "mine",
        connectTimeout: "0s",
        connect_timout: "1s",
        lb_policy: "MAGLEVV",
        transport_socket: { name: "nope", typed_config: { "@type": TLS, snii: "x" } },
      },
      { name: "xds-grpc", typed_extension_protocol_options: { a: { "@type": HCM }, b: { "@type": HCM, explicit: 1 } } },
    ],
    listeners: [
      {
        name: "l",
        address: { socket_address: { address: "127.0.0.1", port_value: 81 } },
        filter_chains: [{ filters: [{ name: "f", typed_config: { "@type": HCM, stat_prefix: "x" } }] }],
      },
    ],
  },
};
const DOCUMENTS: Documents = {
  bootstrap: BOOTSTRAP,
  override: OVERRIDE,
  argv: { "-l": "loud", "--component-log-level": "misc:error,nosuch:debug", "--max-obj-name-len": "189" },
};

function shown({ document, steps }: Place): string {
  return `${document}: ${pathText(namedPath(DOCUMENTS[document], steps))}`;
}

function placesOf(output: string, isAccepted = false): readonly string[] {
  const complaint = complaintsIn(output, isAccepted).at(-1);
  if (complaint === undefined) return [];
  return (
    findCandidates(complaint, DOCUMENTS)
      .find(({ places }) => places.length > 0)
      ?.places.map(shown) ?? []
  );
}

const CLUSTERS = "static_resources.clusters";

test.each([
  [
    "a path before the merge",
    `Protobuf message (type envoy.config.bootstrap.v3.Bootstrap reason INVALID_ARGUMENT: invalid JSON in envoy.config.bootstrap.v3.Bootstrap   @ static_resources.clusters[0]: message  envoy.config.cluster.v3.Cluster, near   1:66  (offset  65): no such   field: 'connect_timout') has unknown fields`,
    [`override: ${CLUSTERS}[mine].connect_timout`],
  ],
  [
    "a path below a type URL",
    "Protobuf message (type envoy.config.bootstrap.v3.Bootstrap reason INVALID_ARGUMENT: invalid JSON in   envoy.config.bootstrap.v3.Bootstrap   @ static_resources.clusters[0].transport_socket.typed_config.<any>: message  envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext, near  1:199  (offset 198): no such   field: 'snii') has unknown fields",
    [`override: ${CLUSTERS}[mine].transport_socket.typed_config.snii`],
  ],
  [
    "an entry of a map, which is counted: only one has the field",
    "Protobuf message (type envoy.config.bootstrap.v3.Bootstrap reason INVALID_ARGUMENT: invalid JSON in envoy.config.bootstrap.v3.Bootstrap @  static_resources.clusters[1].typed_extension_protocol_options[0].<any>: message   envoy.extensions.upstreams.http.v3.HttpProtocolOptions, near  1:167   (offset  166): no   such  field:  'explicit') has unknown fields",
    [`override: ${CLUSTERS}[xds-grpc].typed_extension_protocol_options.b.explicit`],
  ],
  [
    "the document that Envoy prints is the one",
    `Unable to parse JSON as proto (INVALID_ARGUMENT: invalid JSON in envoy.config.bootstrap.v3.Bootstrap @ admin.access_log_path: string, near 1:5 (offset 4): expected '"'): ${JSON.stringify(BOOTSTRAP)}`,
    ["bootstrap: admin.access_log_path"],
  ],
  [
    "a constraint counts in the merged lists, in any notation",
    'goo.gle/debugonly   \nnode {\n  id: "x"\n}\n: Proto constraint validation failed (BootstrapValidationError.StaticResources: embedded message failed validation | caused by StaticResourcesValidationError.Clusters[2]: embedded message failed validation | caused by ClusterValidationError.ConnectTimeout: value must be greater than 0s)',
    [`override: ${CLUSTERS}[mine].connectTimeout`],
  ],
  [
    "a required field that is missing",
    "goo.gle/debugonly    \nx {\n}\n: Proto constraint validation failed (BootstrapValidationError.StaticResources: embedded message failed validation | caused by StaticResourcesValidationError.Clusters[1]: embedded message failed validation | caused by ClusterValidationError.LoadAssignment: value is required)",
    [`bootstrap: ${CLUSTERS}[zipkin].load_assignment`],
  ],
  [
    "a constraint of a message in a typed_config",
    "goo.gle/debugproto    \n: Proto constraint validation failed (HttpConnectionManagerValidationError.StatPrefix: value length must be at least 1 characters)",
    [
      `override: ${CLUSTERS}[xds-grpc].typed_extension_protocol_options.a.stat_prefix`,
      `override: ${CLUSTERS}[xds-grpc].typed_extension_protocol_options.b.stat_prefix`,
      "override: static_resources.listeners[l].filter_chains[0].filters[f].typed_config.stat_prefix",
    ],
  ],
  [
    "a message that Envoy prints",
    'goo.gle/debugproto    \nstat_prefix: "x"\n: Proto constraint validation failed (field: "route_specifier", reason: is required)',
    ["override: static_resources.listeners[l].filter_chains[0].filters[f].typed_config"],
  ],
  [
    "a value of an enum",
    "Protobuf message (type envoy.config.bootstrap.v3.Bootstrap reason INVALID_ARGUMENT: unknown enum value: 'MAGLEVV') has unknown fields",
    [`override: ${CLUSTERS}[mine].lb_policy`],
  ],
  [
    "a type URL",
    `Unable to parse JSON as proto (INVALID_ARGUMENT: could not find @type '${TLS}'): {"static_resources":{}}`,
    [`override: ${CLUSTERS}[mine].transport_socket.typed_config.@type`],
  ],
  [
    "an apostrophe before the quoted name",
    "Didn't find a registered implementation for 'nope' with type URL: ''",
    [`override: ${CLUSTERS}[mine].transport_socket.name`],
  ],
  [
    "a name that both documents have",
    "cluster manager: duplicate cluster 'xds-grpc'",
    [`override: ${CLUSTERS}[xds-grpc].name`, `bootstrap: ${CLUSTERS}[xds-grpc].name`],
  ],
  [
    "an address",
    "error adding listener '127.0.0.1:81': no filter chains specified",
    ["override: static_resources.listeners[l].address.socket_address"],
  ],
  [
    "a duration that is printed as a message",
    "Invalid duration: Expected positive duration: goo.gle/debugstr   \nseconds: -5\n",
    ["bootstrap: stats_flush_interval"],
  ],
  ["a name after two prepositions", "Failed to load incomplete private key from path: MAGLEVV", [`override: ${CLUSTERS}[mine].lb_policy`]],
  ["what is in no document", "something that nobody knows", []],
])("%s", (_, words, places) => {
  for (const line of [CRITICAL, RELEASE_LINE]) expect(placesOf(`${line}${START}${words}\n`)).toEqual(places);
});

test.each([
  ["error: invalid log level specified 'loud'\n", ["argv: [-l]"]],
  ["error: invalid component specified 'nosuch'\n", ["argv: [--component-log-level]"]],
  ["PARSE ERROR: Argument: --max-obj-name-len\n             Couldn't find match for argument\n", ["argv: [--max-obj-name-len]"]],
])("an argument: %j", (output, places) => {
  expect(placesOf(output)).toEqual(places);
});

describe("warnings", () => {
  test("an unknown field that is ignored", () => {
    const output = `${UNKNOWN}invalid JSON in envoy.config.bootstrap.v3.Bootstrap  @ static_resources.clusters[0]: message envoy.config.cluster.v3.Cluster,   near 1:66 (offset 65): no  such field: 'connect_timout'\n\n`;
    expect(placesOf(output, true)).toEqual([`override: ${CLUSTERS}[mine].connect_timout`]);
    expect(complaintsIn(output, true)).toMatchObject([
      { level: "warning", words: expect.stringContaining("no such field: 'connect_timout'") },
    ]);
  });

  test("a deprecated field is at the place of its message, not in metadata", () => {
    const option = (name: string) =>
      `[1][1][warning][misc] [x.cc:23] Deprecated field: type envoy.X Using deprecated option 'envoy.config.bootstrap.v3.${name}' from file bootstrap.proto. This configuration will be removed.\n`;
    expect(placesOf(option("Admin.access_log_path"), true)).toEqual([
      "override: admin.access_log_path",
      "bootstrap: admin.access_log_path",
    ]);
    expect(placesOf(option("Bootstrap.tracing"), true)).toEqual([]);
  });

  test("a removed guard of the runtime is not a crash; its stack is left out", () => {
    const line = (text: string) => `2026-11-29T14:44:14.749206Z\terror\tenvoy envoy_bug x.cc:466\t${text}\n`;
    const output = `${line("envoy bug failure: false. Details: Using a removed guard a.b. In future version of Envoy this will be treated as invalid configuration")}${line("stacktrace for envoy bug")}${line("#0 UNKNOWN [0x55dfe8594dd3]")}`;
    expect(complaintsIn(output, true).map(({ words }) => words)).toEqual([
      "Using a removed guard a.b. In future version of Envoy this will be treated as invalid configuration",
    ]);
  });
});

test("the places of the merged configuration: lists are appended, messages merged, camel case is snake case", () => {
  expect(resolveMerged(DOCUMENTS, ["Admin", "AccessLogPath"])).toEqual([
    { document: "override", steps: ["admin", "access_log_path"] },
    { document: "bootstrap", steps: ["admin", "access_log_path"] },
  ]);
  expect(resolveMerged(DOCUMENTS, ["static_resources", "listeners", 0])).toEqual([
    { document: "override", steps: ["static_resources", "listeners", 0] },
  ]);
  expect(resolveMerged(DOCUMENTS, ["no_such", "path"])).toEqual([
    { document: "override", steps: ["no_such"] },
    { document: "bootstrap", steps: ["no_such"] },
  ]);
  expect(resolveSteps(OVERRIDE, ["static_resources", "clusters", 0, "connect_timeout"])).toEqual([
    ["static_resources", "clusters", 0, "connectTimeout"],
  ]);
});

describe("what Envoy does not name is found by asking again", () => {
  const bound = { now: () => 0, until: 1 };
  /** An Envoy that rejects a configuration which contains a text, with these words. */
  const rejecting = (isRejected: (text: string) => boolean, words: string) => async (documents: Documents) =>
    isRejected(JSON.stringify(documents)) ? complaintsIn(`${CRITICAL}${START}${words}\n`, false) : [];
  const placeOf = async (isRejected: (text: string) => boolean, words: string) => {
    const { complaints } = await examine(DOCUMENTS, rejecting(isRejected, words), false, bound);
    return complaints.map(({ by, places }) => [by, ...places.map(shown)]);
  };

  test("by dividing the documents", async () => {
    expect(await placeOf((text) => text.includes('"snii"'), "without a hint")).toEqual([
      ["tried", `override: ${CLUSTERS}[mine].transport_socket.typed_config.snii`],
    ]);
    expect(await placeOf((text) => text.includes('"-5s"'), "without a hint")).toEqual([["tried", "bootstrap: stats_flush_interval"]]);
  });

  test("a text that is there by chance is not the cause", async () => {
    // The words quote a name of the bootstrap, but the override is what Envoy rejects.
    expect(await placeOf((text) => text.includes('"snii"'), "unlike 'zipkin'")).toEqual([
      ["tried", `override: ${CLUSTERS}[mine].transport_socket.typed_config.snii`],
    ]);
  });

  test("nothing, if it is nowhere or the time is over", async () => {
    expect(await placeOf(() => true, "always")).toEqual([["untraced"]]);
    const late = { now: () => 2, until: 1 };
    const { complaints } = await examine(
      DOCUMENTS,
      rejecting((text) => text.includes('"snii"'), "'snii'"),
      false,
      late,
    );
    expect(complaints).toMatchObject([{ by: "tried", places: [{ document: "override", steps: [] }] }]);
  });

  test("a part is left out without its neighbours", () => {
    const rest = withoutPlace(DOCUMENTS, { document: "override", steps: ["static_resources", "clusters", 0] });
    expect(rest.override).toMatchObject({ static_resources: { clusters: [{ name: "xds-grpc" }] } });
    expect(rest.bootstrap).toBe(BOOTSTRAP);
  });
});

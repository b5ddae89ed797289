import { describe, expect, test } from "bun:test";
import { SUBJECTS } from "../support/subject.ts";
import { envoyIs, newPlace } from "./support.ts";

const S = "zq7Xw9Lk2Vb";
const ANNOTATIONS = "etc/istio/pod/annotations";
const MESH = "etc/istio/config/mesh";

interface Input {
  readonly what: string;
  readonly args?: readonly string[];
  readonly config?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

const OVERRIDE = {
  stats_sinks: [{ header: { value: S, key: "x-api-key" } }],
  a: { private_key: { inline_string: S }, token: S, api_token: S, authToken: S, credential: S, client_secret_key: S },
  b: JSON.stringify({ accessToken: S }),
  c: `http://me:${S}@host/?api_key=${S}`,
};

/** A secret in every place where a user may put one, in valid and in rejected documents. */
const INPUTS: readonly Input[] = [
  { what: "an access token of the wrong type", config: { tracing: { lightstep: { accessToken: { x: S } } } } },
  { what: "an access token that is a list", config: { tracing: { lightstep: { accessToken: [S] } } } },
  {
    what: "an access token next to an invalid value",
    config: { drainDuration: "soon", tracing: { lightstep: { accessToken: S, address: "h:1" } } },
  },
  { what: "metadata of the proxy", config: { proxyMetadata: { API_TOKEN: S, DB_PASSWORD: S } } },
  { what: "metadata of the proxy of the wrong type", config: { proxyMetadata: { API_TOKEN: [S], DB_PASSWORD: { x: S } } } },
  { what: "unknown fields", config: { apiToken: S, tracing: { password: S } } },
  { what: "a password in an address", config: { discoveryAddress: `http://me:${S}@host` } },
  { what: "a password in a tracer's address", config: { tracing: { zipkin: { address: `http://me:${S}@host` } } } },
  { what: "a password in a statsd address", config: { statsdUdpAddress: `udp://me:${S}@host:1` } },
  { what: "broken JSON", env: { PROXY_CONFIG: `{"tracing": {"lightstep": {"accessToken": "${S}"}}, x` } },
  { what: "broken YAML", env: { PROXY_CONFIG: `token: ${S}\n  a: [\n` } },
  { what: "an annotation", files: { [ANNOTATIONS]: `proxy.istio.io/config="proxyMetadata: {API_TOKEN: [${S}]}"\n` } },
  { what: "a broken annotations file", files: { [ANNOTATIONS]: `a.io/api-token=${S}\n` } },
  { what: "a mesh config", files: { [MESH]: `defaultConfig:\n  proxyMetadata: {API_TOKEN: {a: ${S}}}\n` } },
  { what: "metadata variables", env: { ISTIO_META_API_TOKEN: S, ISTIO_METAJSON_X: `{"token":"${S}",` } },
  {
    what: "a variable with JSON",
    env: { ISTIO_KUBE_APP_PROBERS: `{"/x":{"httpGet":{"httpHeaders":[{"name":"Authorization","value":"${S}"}]}}` },
  },
  {
    what: "a header of a probe, of the wrong type",
    env: {
      ISTIO_KUBE_APP_PROBERS: `{"/app-health/a/livez":{"httpGet":{"httpHeaders":[{"name":"x-api-key","value":["${S}"]}],"port":80}}}`,
    },
  },
  {
    what: "headers of a probe that are not a list",
    env: {
      ISTIO_KUBE_APP_PROBERS: `{"/app-health/a/livez":{"httpGet":{"httpHeaders":{"name":"Authorization","value":"${S}"},"port":80}}}`,
    },
  },
  { what: "labels of the wrong type", env: { ISTIO_METAJSON_LABELS: `{"api-token":{"a":"${S}"},"password":["${S}"]}` } },
  { what: "typed metadata", env: { ISTIO_META_POD_PORTS: `[{"name":"token","value":"${S}"},` } },
  { what: "an unknown flag", args: ["proxy", "--api-token", S, `--db-password=${S}`] },
  { what: "an override", files: { "o.json": JSON.stringify(OVERRIDE) }, env: { ISTIO_BOOTSTRAP_OVERRIDE: "o.json" } },
  {
    what: "an override of many lines",
    files: { "o.json": JSON.stringify(OVERRIDE, null, 2) },
    env: { ISTIO_BOOTSTRAP_OVERRIDE: "o.json" },
  },
  { what: "a broken override", files: { "o.json": `{"token":"${S}",,` }, env: { ISTIO_BOOTSTRAP_OVERRIDE: "o.json" } },
  {
    what: "an override in YAML",
    files: {
      "o.yaml": `a:\n- token: ${S}\n- header:\n    value: ${S}\n    key: x-api-key\n- private_key:\n    inline_string: |\n      ${S}\n`,
    },
    env: { ISTIO_BOOTSTRAP_OVERRIDE: "o.yaml" },
  },
];

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))("%s prints no secret of", (_, subject) => {
  describe.each(["1.6", "1.30"])("a user of %s:", (release) => {
    test.each(INPUTS.map((input) => [input.what, input] as const))("%s", async (_, input) => {
      using place = newPlace();
      for (const [name, text] of Object.entries(input.files ?? {})) place.write(name, text);
      const { stdout, stderr } = await place.run(subject, [...(input.args ?? ["proxy"]), `--profile=istio-${release}`], {
        env: {
          ...envoyIs("quotes-its-arguments", input.config),
          ATTACHE_TERMINATION_MESSAGE_PATH: place.path("message"),
          ...input.env,
        },
      });
      const printed = [stdout, stderr, place.has("message") ? place.read("message") : ""];
      expect(printed.filter((text) => text.includes(S))).toEqual([]);
      expect(stderr).not.toBe("");
    });
  });
});

import { describe, expect, test } from "bun:test";
import type { Config as OlderConfig } from "../../src/profiles/istio-1.6/contract.ts";
import { watchedFiles as older } from "../../src/profiles/istio-1.6/watched-files.ts";
import type { Config as NewerConfig } from "../../src/profiles/istio-1.30/contract.ts";
import { watchedFiles as newer } from "../../src/profiles/istio-1.30/watched-files.ts";
import type { TlsSettings } from "../../src/settings/common-config.ts";

const TLS = { mode: "MUTUAL", caCertificates: "/ca", clientCertificate: "/cert", privateKey: "/key" } as const;

describe("release 1.6 watches (contract 1.6 §10.5)", () => {
  test.each<[string, OlderConfig, string[]]>([
    ["nothing by default", {}, []],
    ["the metrics service, then the access log service", services({ ...TLS, caCertificates: "/m" }, TLS), ["/m", "/cert", "/key", "/ca"]],
    ["a file once", services(TLS, TLS), ["/ca", "/cert", "/key"]],
    ["nothing that is disabled or has no mode", services({ ...TLS, mode: "DISABLE" }, { caCertificates: "/ca" }), []],
    ["no empty path", services({ mode: "SIMPLE", caCertificates: "/ca" }), ["/ca"]],
    ["what is named beside ISTIO_MUTUAL", services({ ...TLS, mode: "ISTIO_MUTUAL" }), ["/ca", "/cert", "/key"]],
    ["not the tracer's", { tracing: { tlsSettings: TLS } }, []],
  ])("%s", (_, config, expected) => {
    expect(older(config)).toEqual(expected);
  });
});

describe("release 1.30 watches", () => {
  test.each<[string, NewerConfig, Record<string, string>, string[]]>([
    ["nothing by default", {}, {}, []],
    [
      "the tracer, then the services",
      { tracing: { tlsSettings: { ...TLS, caCertificates: "/t" } }, ...services(TLS) },
      {},
      ["/t", "/cert", "/key", "/ca"],
    ],
    ["of SIMPLE the root alone", services({ ...TLS, mode: "SIMPLE" }), {}, ["/ca"]],
    ["nothing of ISTIO_MUTUAL and DISABLE", services({ ...TLS, mode: "ISTIO_MUTUAL" }, { ...TLS, mode: "DISABLE" }), {}, []],
    [
      "what metadata names instead",
      services(TLS),
      { TLS_CLIENT_ROOT_CERT: "/r", TLS_CLIENT_CERT_CHAIN: "/c", TLS_CLIENT_KEY: "" },
      ["/r", "/c", "/key"],
    ],
  ])("%s", (_, config, metadata, expected) => {
    expect(newer(config, metadata)).toEqual(expected);
  });
});

function services(metrics: TlsSettings, accessLog?: TlsSettings) {
  return {
    envoyMetricsService: { address: "m:1", tlsSettings: metrics },
    ...(accessLog === undefined ? {} : { envoyAccessLogService: { address: "a:1", tlsSettings: accessLog } }),
  };
}

import { describe, expect, test } from "bun:test";
import { caOf, rendered, startWith, xdsOf } from "./start-mesh.ts";

describe("gRPC metadata of variables", () => {
  test("those of a prefix, in lower case", async () => {
    const env = {
      ISTIO_META_CLUSTER_ID: "c",
      CA_HEADER_X_One: "1",
      "CA_HEADER_x-two": "",
      XDS_HEADER_authorization: "Basic abc",
      "XDS_HEADER_raw-bin": "\u00e9",
      XDS_HEADER_USER_AGENT: "u",
      "XDS_HEADER_grpc-foo": "f",
      "CA_HEADER_grpc-trace-bin": "t",
    };
    expect((await caOf(env)).headers).toEqual([
      ["clusterid", "c"],
      ["x_one", "1"],
      ["x-two", ""],
      ["grpc-trace-bin", "dA"],
    ]);
    expect((await xdsOf(env)).headers).toEqual([
      ["clusterid", "c"],
      ["authorization", "Basic abc"],
      ["raw-bin", "w6k"],
      ["user_agent", "u"],
      ["grpc-foo", "f"],
    ]);
  });

  test.each([
    ["CA_HEADER_", "1", 'Ignoring CA_HEADER_: "" is not the name of a header: use letters, digits, "_", "-" and "."'],
    ["CA_HEADER_a:b", "1", 'Ignoring CA_HEADER_a:b: "a:b" is not the name of a header: use letters, digits, "_", "-" and "."'],
    ["XDS_HEADER_CONNECTION", "1", 'Ignoring XDS_HEADER_CONNECTION: HTTP/2 does not allow the header "connection"'],
    ["XDS_HEADER_X", "a\nb", "Ignoring XDS_HEADER_X: its value must be printable ASCII"],
    ["XDS_HEADER_X", "\u00e9", "Ignoring XDS_HEADER_X: its value must be printable ASCII"],
    ["XDS_HEADER_CONTENT-LENGTH", "5", "Ignoring XDS_HEADER_CONTENT-LENGTH: the length of a call is not known before"],
    ["XDS_HEADER_GRPC-TIMEOUT", "1S", undefined],
    ["XDS_HEADER_grpc-encoding", "gzip", undefined],
    ["XDS_HEADER_grpc-message", "m", undefined],
    ["CA_HEADER_grpc-message-type", "t", undefined],
    ["CA_HEADER_grpc-status", "0", undefined],
    ["CA_HEADER_TE", "t", undefined],
    ["XDS_HEADER_user-agent", "u", undefined],
    ["XDS_HEADER_CONTENT-TYPE", "x", undefined],
  ])("%s=%j cannot be sent", async (name, value, warning) => {
    const { mesh, warnings } = await startWith({ [name]: value });
    expect([...(mesh?.sds?.ca?.headers ?? []), ...(mesh?.xds?.headers ?? [])]).toEqual(Array(2).fill(["clusterid", ""]));
    expect(warnings.filter((text) => text.startsWith("Ignoring"))).toEqual(warning === undefined ? [] : [warning]);
  });
});

test.each(["a\nb", "a\u0001b", "\u00fc"])("a cluster's id that no call can carry is left out: %j", async (id) => {
  const { mesh, warnings } = await startWith({ ISTIO_META_CLUSTER_ID: id });
  expect([...(mesh?.sds?.ca?.headers ?? []), ...(mesh?.xds?.headers ?? [])]).toEqual([]);
  expect(warnings.filter((text) => text.startsWith("Ignoring"))).toEqual([
    "Ignoring ISTIO_META_CLUSTER_ID for the header of calls: its value must be printable ASCII",
  ]);
});

test("render shows no values of headers that variables set", async () => {
  const mesh = await rendered({ ISTIO_META_CLUSTER_ID: "c", CA_HEADER_A: "plain", XDS_HEADER_B: "plain" });
  expect([mesh.sds?.ca?.headers, mesh.xds?.headers]).toEqual(
    ["a", "b"].map((name) => [
      ["clusterid", "c"],
      [name, "***"],
    ]),
  );
});

import { expect, test } from "bun:test";
import { unknownMethod } from "../../src/mesh/grpc-method.ts";

test.each([
  ["/a.B/C", "unknown method C for service a.B"],
  ["/a.B/", "unknown method  for service a.B"],
  ["/a.B/C/D", "unknown service a.B/C"],
  ["/other/C", "unknown service other"],
  ["//C", "unknown service "],
  ["/C", 'malformed method name: "/C"'],
  ["a.B/C", 'malformed method name: "a.B/C"'],
  ["", 'malformed method name: ""'],
])("the status of %j", (path, message) => {
  expect(unknownMethod(path, ["a.B"])).toEqual({ code: 12, message });
});

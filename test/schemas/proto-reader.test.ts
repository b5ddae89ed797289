import { expect, test } from "bun:test";
import { readProto } from "./proto-reader.ts";

const TEXT = `
syntax = "proto3";
package a.v1; // a comment with a } in it
import "google/protobuf/duration.proto";
import "a/v1/other.proto";
option go_package = "x/{y}";
/* message Not { string at = 1; } */
message Outer {
  reserved 3, 9 to 11;
  option (deprecated) = { of: { x: "}" } };
  string plain = 1 [(gogoproto.jsontag) = "p;q", deprecated = true];
  repeated .a.v1.Inner list = 2;
  map<string, Inner> by_name = 4;
  optional int32 maybe = 5;
  oneof choice {
    option (required) = true;
    string first = 6;
    google.protobuf.Duration second_one = 7;
  };
  enum Mode {
    option allow_alias = true;
    OFF = 0;
    ON = 1000 [deprecated = true];
    BELOW = -1;
    reserved 5;
  }
  message Inner { Mode mode = 1; }
  Inner inner = 8;
}
enum Top { NONE = 0; }
service Unused { rpc Call(Outer) returns (Outer) { option (http) = { get: "/v1" }; } }
`;

test("a file is read with its nested types, labels and oneofs", () => {
  const { package: name, imports, types } = readProto(TEXT);
  expect([name, imports]).toEqual(["a.v1", ["google/protobuf/duration.proto", "a/v1/other.proto"]]);
  expect(Object.fromEntries(types)).toEqual({
    "a.v1.Outer.Mode": {
      kind: "enum",
      values: [
        ["OFF", 0],
        ["ON", 1000],
        ["BELOW", -1],
      ],
    },
    "a.v1.Outer.Inner": { kind: "message", fields: [{ label: "one", type: "Mode", name: "mode" }], oneofs: [] },
    "a.v1.Outer": {
      kind: "message",
      fields: [
        { label: "one", type: "string", name: "plain" },
        { label: "repeated", type: ".a.v1.Inner", name: "list" },
        { label: "map", type: "Inner", name: "by_name" },
        { label: "optional", type: "int32", name: "maybe" },
        { label: "one", type: "string", name: "first" },
        { label: "one", type: "google.protobuf.Duration", name: "second_one" },
        { label: "one", type: "Inner", name: "inner" },
      ],
      oneofs: [["first", "second_one"]],
    },
    "a.v1.Top": { kind: "enum", values: [["NONE", 0]] },
  });
});

test.each([
  ["package a; message B { string c = 1", "The file ends within a statement"],
  ["package a; message B [", 'Expected "{" instead of "["'],
  ["package a; message B { string c : 1; }", 'Expected "=" instead of ":"'],
])("%s is refused", (text, problem) => {
  expect(() => readProto(text)).toThrow(problem);
});

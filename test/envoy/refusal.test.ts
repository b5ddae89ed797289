import { expect, test } from "bun:test";
import { refusalIn } from "../../src/envoy/refusal.ts";
import { ownProcessorTime } from "../support/processor-time.ts";

const LINE = "[2026-01-02 03:04:05.678][9][critical][main] [source/server/config_validation/server.cc:76] ";
const START = "error initializing configuration '/etc/proxy/envoy-rev.json': ";
const LONG = `cluster manager: duplicate cluster '${"c".repeat(400)}'`;

test.each([
  [
    "PARSE ERROR: Argument: --x\n             Couldn't find match for argument\n\nBrief USAGE: ...\n",
    "argument --x: Couldn't find match for argument",
  ],
  [
    "PARSE ERROR: Argument: -c (--config-path)\n   Missing a value for this argument!\n",
    "argument -c (--config-path): Missing a value for this argument",
  ],
  ["error: unknown mode 'bogus'\n", "unknown mode 'bogus'"],
  [
    "At least one of --config-path or --config-yaml should be non-empty\n",
    "At least one of --config-path or --config-yaml should be non-empty",
  ],
  [`${LINE}loading\n`.replace("critical", "info"), undefined],
  ["configuration 'f' OK\n", undefined],
  ["\n\n", undefined],
])("of arguments: %j", (output, reason) => {
  expect(refusalIn(output)).toEqual(reason === undefined ? undefined : { of: "arguments", reason });
});

test.each([
  ["Invalid path: /none.json\n", "Invalid path: /none.json"],
  ["yaml-cpp: error at line 4, column 2: end of map not found\n", "yaml-cpp: error at line 4, column 2: end of map not found"],
  ['Unable to parse JSON as proto (INVALID_ARGUMENT: unexpected EOF): {"token": "hidden\n\n', "unexpected EOF"],
  [
    "Protobuf message (type envoy.config.bootstrap.v3.Bootstrap reason INVALID_ARGUMENT: invalid JSON in  a.B,  near   1:8 (offset  7): no  such   field: 'x') has unknown fields\n",
    "invalid JSON in a.B: no such field: 'x'",
  ],
  [
    "Protobuf message (type envoy.config.bootstrap.v2.Bootstrap reason INVALID_ARGUMENT:x: Cannot find field.) has unknown fields\n",
    "x: Cannot find field",
  ],
  [
    "Unable to parse JSON as proto (INVALID_ARGUMENT: could not find @type 'type.googleapis.com/a.v2.B'): {\"hidden\": 1}\n",
    "could not find @type 'type.googleapis.com/a.v2.B'",
  ],
  ["Unable to parse JSON as proto (INVALID_ARGUMENT: @ a: bool: bad value: 'hid'): den'): {}\n", "@ a: bool: bad value: '***'"],
  [
    "Unable to parse JSON as proto (INVALID_ARGUMENT: invalid JSON in a.B @ c: message D, near 1:2 (offset 1): duration must  end with a  single  's'): {}\n",
    "invalid JSON in a.B @ c: message D: duration must end with a single 's'",
  ],
  [
    "Unable to parse JSON as proto (INVALID_ARGUMENT: invalid JSON in a.B @ c: message D, near 1:2 (offset 1): 'cluster_type' has  already been set  (either directly or as part of   a oneof)): {}\n",
    "invalid JSON in a.B @ c: message D: 'cluster_type' has already been set (either directly or as part of a oneof)",
  ],
  [
    "Protobuf message (type a.B reason INVALID_ARGUMENT: unknown enum value: 'STATICC') has unknown fields\n",
    "unknown enum value: 'STATICC'",
  ],
  ['Unable to parse JSON as proto (INVALID_ARGUMENT: @ a: bool: bad value: "hidden"): {}\n', "@ a: bool: bad value: '***'"],
  [
    'goo.gle/debugproto  \nname: "hidden"\nx {\n}\n: Proto constraint validation failed (AValidationError.B: embedded message failed validation | caused by BValidationError.C[0]: value is required)\n',
    "B.C[0]: value is required",
  ],
  ['goo.gle/debugstr   \nname: "hidden"\n: Cannot use it\n', "Cannot use it"],
  ['something new about {"password": "hidden"}\n', "something new about"],
  ["Cannot reach https://user:hidden@host/\n", "Cannot reach https://user:***@host/"],
  [`${LONG}\n`, `${LONG.slice(0, 300)}…`],
])("of a configuration: %j", (said, reason) => {
  for (const line of [LINE, "2026-01-02T03:04:05.678901Z\tcritical\tenvoy main\t"]) {
    const found = refusalIn(`\n${line.replace("critical", "info")}loading\n${line}${START}${said}`);
    expect(found).toEqual({ of: "configuration", reason });
    expect(found?.reason).not.toContain("hidden");
  }
});

test("in a line that is a JSON object", () => {
  const msg = `${START}Unable to parse JSON as proto (INVALID_ARGUMENT: unexpected EOF): {"token": "hidden"`;
  expect(refusalIn(`${JSON.stringify({ level: "critical", msg })}\n`)).toEqual({ of: "configuration", reason: "unexpected EOF" });
});

test.each(["x", " ", "{", "'", '"', "a: ", "near 1:1 ", "[", "\n"])("a long output of %j takes little time", (piece) => {
  const flood = piece.repeat(1_000_000 / piece.length);
  const started = ownProcessorTime();
  for (const start of ["", START, `${START}(INVALID_ARGUMENT: `, `${START}goo.gle/debug `]) {
    expect(refusalIn(start + flood)?.reason.length ?? 0).toBeLessThanOrEqual(301);
  }
  expect(ownProcessorTime() - started).toBeLessThan(5_000);
});

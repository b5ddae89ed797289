import { expect, test } from "bun:test";
import { headroomProblem } from "../../src/supervisor/headroom.ts";

const MIB = 1_048_576;

test.each([
  ["no limit", undefined, 900, 500],
  ["enough", 256, 100, 100],
  ["just enough", 256, 156, 100],
  ["an Envoy that is not known to use anything", 256, 256, 0],
])("%s: another epoch may start", (_, limit, usage, envoy) => {
  expect(headroomProblem({ limit: limit === undefined ? undefined : limit * MIB, usage: usage * MIB, envoy: envoy * MIB })).toBeUndefined();
});

test.each([
  ["too little", 256 * MIB, 200 * MIB, 100 * MIB, "Envoy uses 100 MiB now, and of the container's limit of 256 MiB only 56 MiB is free"],
  [
    "a byte too little",
    256 * MIB,
    156 * MIB + 1,
    100 * MIB,
    "Envoy uses 100 MiB now, and of the container's limit of 256 MiB only 99.9 MiB is free",
  ],
  [
    "a byte too much",
    256 * MIB,
    156 * MIB,
    100 * MIB + 1,
    "Envoy uses 100.1 MiB now, and of the container's limit of 256 MiB only 100 MiB is free",
  ],
  [
    "more used than allowed",
    64 * MIB,
    70 * MIB,
    1.5 * MIB,
    "Envoy uses 1.5 MiB now, and of the container's limit of 64 MiB only 0 MiB is free",
  ],
])("%s: no other epoch may start", (_, limit, usage, envoy, text) => {
  expect(headroomProblem({ limit, usage, envoy })).toBe(`not enough memory for two: ${text}; raise the limit`);
});

import { test } from "bun:test";
import { fuzzSds, fuzzUpstream, fuzzXds } from "./mesh-sockets.ts";

const RUNS = 200;

// The same with 10,000 of each is in test/long.
test("mutated connections to the SDS socket", () => fuzzSds(RUNS));
test("mutated connections to the xDS socket, and mutated answers of the control plane", () => fuzzXds(RUNS));
test("mutated answers to calls of the agent", () => fuzzUpstream(RUNS));

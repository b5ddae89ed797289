import { test } from "bun:test";
import { fuzzSds, fuzzUpstream, fuzzXds } from "../property/mesh-sockets.ts";

const RUNS = 10_000;
const LIMIT = 600_000;

test("10,000 mutated connections to the SDS socket", () => fuzzSds(RUNS), LIMIT);
test("10,000 mutated connections to the xDS socket, and mutated answers of the control plane", () => fuzzXds(RUNS), LIMIT);
test("10,000 mutated answers to calls of the agent", () => fuzzUpstream(RUNS), LIMIT);

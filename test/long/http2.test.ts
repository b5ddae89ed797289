import { test } from "bun:test";
import { checkConnections, checkHeaderBlocks } from "../property/http2.ts";

const RUNS = 10_000;
const LIMIT = 120_000;

test("10,000 mutated connections of HTTP/2", () => checkConnections(RUNS), LIMIT);
test("10,000 mutated header blocks", () => checkHeaderBlocks(RUNS), LIMIT);

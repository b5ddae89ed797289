import { test } from "bun:test";
import { checkConnections, checkHeaderBlocks } from "./http2.ts";

// The same with 10,000 of each is in test/long.
test("mutated HTTP/2 is read or refused", () => checkConnections(200));
test("mutated header blocks are decoded or refused", () => checkHeaderBlocks(200));

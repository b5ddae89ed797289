import { test } from "bun:test";
import { checkReader, READERS } from "./mesh-readers.ts";

// The same with 10,000 of each is in test/long.
test.each(Object.keys(READERS))("mutated %s are read or refused", (name) => checkReader(name, 200));

import { test } from "bun:test";
import { checkReader, READERS } from "../property/mesh-readers.ts";

test.each(Object.keys(READERS))("10,000 mutated %s are read or refused", (name) => checkReader(name, 10_000), 300_000);

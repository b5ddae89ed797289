import { expect, test } from "bun:test";
import { join } from "node:path";
import { withHosts } from "../../support/isolated.ts";

const PROGRAM = join(import.meta.dir, "../fixtures/prints-moved-server.ts");

test.each(["gRPC", "http"])(
  "a server that has moved is found long before the runtime would look again: %s",
  async (way) => {
    const child = Bun.spawn([...withHosts("127.0.0.1 localhost"), process.execPath, PROGRAM, way], { stderr: "pipe" });
    const [text, problem] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    expect(problem).toBe("");
    expect(JSON.parse(text)).toEqual(["127.0.0.1", "127.0.0.2"]);
  },
  40_000,
);

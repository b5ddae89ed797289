import { describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import { envoyIs, newPlace, type Place } from "../scenarios/support.ts";
import { BINARY } from "../support/subject.ts";

/** A working directory that would like to run its own script in the program. */
function trap(): Place {
  const place = newPlace();
  const script = `require("node:fs").writeFileSync(${JSON.stringify(place.path("sprung"))}, "x");`;
  place.write("trap.js", script);
  place.write("trap.ts", script);
  return place;
}

async function render(place: Place, env: Readonly<Record<string, string>>, args: readonly string[] = ["render"]) {
  return place.run(BINARY, args, { env: { ...envoyIs("touches-marker", { statusPort: 15020 }), ...env } });
}

const VARIABLES: readonly (readonly [name: string, value: string])[] = [
  ["BUN_OPTIONS", "--preload ./trap.js"],
  ["BUN_OPTIONS", "--config=./trap.toml"],
  ["BUN_OPTIONS", "--cwd=/"],
  ["BUN_OPTIONS", "-e console.log(1)"],
  ["BUN_OPTIONS", "--smol --inspect-wait"],
  ["BUN_INSPECT", "ws://127.0.0.1:1/x"],
  ["BUN_INSPECT_PRELOAD", "./trap.js"],
  ["BUN_INSPECT_CONNECT_TO", "ws://127.0.0.1:1/x"],
  ["BUN_INSPECT_NOTIFY", "ws://127.0.0.1:1/x"],
  ["BUN_BE_BUN", "1"],
  ["BUN_BE_BUN", "true"],
  ["NODE_OPTIONS", "--require ./trap.js"],
  ["NODE_ENV", "development"],
];

describe("the environment gives no control over the runtime", () => {
  test.each(VARIABLES)("%s=%s is without effect", async (name, value) => {
    using place = trap();
    place.write("trap.toml", 'preload = ["./trap.js"]\n');
    const plain = await render(place, {});
    const tried = await render(place, { [name]: value });
    expect([tried.status, tried.stdout === plain.stdout, place.has("sprung")]).toEqual([0, true, false]);
  });

  test("with BUN_BE_BUN no word reaches a JavaScript shell", async () => {
    using place = trap();
    const { status, stdout } = await render(place, { BUN_BE_BUN: "1" }, ["-e", 'require("./trap.js")']);
    expect([stdout.includes("Usage:\n  attache") || status === 255, place.has("sprung")]).toEqual([true, false]);
  });

  test("no debugger listens while Envoy runs", async () => {
    using place = trap();
    const port = await new Promise<number>((resolve) => {
      const server = createServer().listen(0, "127.0.0.1", () => {
        const address = server.address();
        server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
      });
    });
    const running = place.start(BINARY, ["proxy"], { env: { ...envoyIs("dies-of-term"), BUN_INSPECT: `ws://127.0.0.1:${port}/x` } });
    await running.said("ready");
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    running.signal("SIGTERM");
    expect((await running.ended).status).toBe(0);
  });

  test("the variables reach Envoy as they are", async () => {
    using place = trap();
    await place.run(BINARY, ["proxy"], {
      env: { ...envoyIs("records-its-start"), BUN_OPTIONS: "--smol", NODE_OPTIONS: "--x", BUN_BE_BUN: "1" },
    });
    const seen = place.read("seen.environ").split("\0");
    expect(["BUN_OPTIONS=--smol", "NODE_OPTIONS=--x", "BUN_BE_BUN=1"].filter((each) => !seen.includes(each))).toEqual([]);
  });
});

describe("files of the working directory are without effect", () => {
  test.each([
    [".env", "ATTACHE_PROFILE=istio-1.6\nPOD_NAME=trapped\n"],
    ["bunfig.toml", 'preload = ["./trap.js"]\n'],
    ["package.json", '{"imports": {"eta": "./trap.js", "minimist": "./trap.js"}, "bun": {"preload": "./trap.js"}}'],
    ["tsconfig.json", '{"compilerOptions": {"paths": {"yaml": ["./trap.js"]}}}'],
  ])("%s", async (name, text) => {
    using place = trap();
    const plain = await render(place, {});
    place.write(name, text);
    const tried = await render(place, {});
    expect([tried.status, tried.stdout === plain.stdout, place.has("sprung")]).toEqual([0, true, false]);
  });
});

test.each(["--smol", "--inspect", "--inspect-brk=1", "--eval=1", "--preload=./trap.js"])(
  "%s is a word for attache, not for the runtime",
  async (word) => {
    using place = trap();
    const { status, stderr } = await render(place, {}, ["render", word]);
    expect([status, stderr.includes(`Ignoring unknown flags: ${word.split("=")[0]}`), place.has("sprung")]).toEqual([0, true, false]);
  },
);

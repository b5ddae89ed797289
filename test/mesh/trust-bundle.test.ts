import { expect, test } from "bun:test";
import { trustBundle } from "../../src/mesh/trust-bundle.ts";

test("a bundle reaches the certificates, whether it comes before or after they are opened", () => {
  const received: (readonly string[])[] = [];
  const bundle = trustBundle();
  bundle.set(["a"]);
  bundle.onSet((roots) => received.push(roots));
  bundle.set(["b"]);
  expect(received).toEqual([["a"], ["b"]]);
  trustBundle().onSet((roots) => received.push(roots));
  expect(received).toHaveLength(2);
});

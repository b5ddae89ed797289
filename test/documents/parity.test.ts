import { expect, test } from "bun:test";
import { parityText } from "../conformance/parity.ts";
import { ROOT } from "../support/subject.ts";

test("docs/parity.md matches the recorded cases (npm run parity writes it)", async () => {
  expect(await Bun.file(`${ROOT}/docs/parity.md`).text()).toBe(parityText());
});

import { expect, test } from "bun:test";
import { rfc3339 } from "../../src/go/rfc3339.ts";

test.each([
  [0, "2026-11-23T15:43:53Z"],
  [60, "2026-11-23T16:43:53+01:00"],
  [-210, "2026-11-23T12:13:53-03:30"],
  [345, "2026-11-23T21:28:53+05:45"],
])("a time %d minutes ahead of UTC", (minutes, text) => expect(rfc3339(Date.UTC(2026, 10, 23, 15, 43, 53, 999), minutes)).toBe(text));

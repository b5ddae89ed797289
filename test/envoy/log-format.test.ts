import { expect, test } from "bun:test";
import { logFormatsIn, withoutLogFormat } from "../../src/envoy/log-format.ts";
import { ownProcessorTime } from "../support/processor-time.ts";

const ISTIO = "%Y-%m-%dT%T.%fZ\t%l\tenvoy %n %g:%#\t%v\tthread=%t";
const ISTIO_JSON = { time: "%Y", level: "%l", msg: "%j", caller: "%g:%#", thread: "%t" };
const HEAD = "2026-01-02T03:04:05.678901Z\tcritical\tenvoy main source/server.cc:76\t";

test.each([
  [ISTIO, `${HEAD}Duplicate monitor\tthread=20`, `${HEAD}Duplicate monitor`],
  [ISTIO, `${HEAD}one\nlast of it\tthread=20\nno line of the log`, `${HEAD}one\nlast of it\nno line of the log`],
  [ISTIO, `${HEAD}a\tthread=of needles`, `${HEAD}a\tthread=of needles`],
  ["[%t] %v", "[20] kept", "[20] kept"],
  ["%v [%P/%-5t] 100%%", "kept [7/20   ] 100%", "kept"],
  ["%v (%n at %H:%M) %#", "kept (main at 12:30) 9", "kept"],
  ["no message", "kept thread=1", "kept thread=1"],
  [ISTIO_JSON, JSON.stringify({ time: "2026", msg: "one\ntwo", thread: "20" }), "one\ntwo"],
  [{ a: { text: "%_ (%t)" } }, JSON.stringify({ a: { text: "one (20)" } }), "one"],
  [ISTIO_JSON, "{broken", "{broken"],
  [ISTIO_JSON, '{"msg": 1}', '{"msg": 1}'],
])("%j removes what follows the message", (format, output, message) => {
  expect(withoutLogFormat(output, [format])).toBe(message);
});

test("every format that may be in use is tried", () => {
  const output = `${JSON.stringify({ msg: "one", thread: "1" })}\n${HEAD}two\tthread=2\n`;
  expect(withoutLogFormat(output, [ISTIO_JSON, ISTIO])).toBe(`one\n${HEAD}two\n`);
});

test.each([
  [{ application_log_config: { log_format: { text_format: ISTIO } } }, [ISTIO]],
  [{ applicationLogConfig: { logFormat: { jsonFormat: ISTIO_JSON } } }, [ISTIO_JSON]],
  [{ application_log_config: { log_format: { text_format: 5, json_format: [] } } }, []],
  [{}, []],
  [undefined, []],
  ["text", []],
])("the formats in %j", (document, formats) => {
  expect(logFormatsIn(document)).toEqual(formats);
});

test("a long output takes little time", () => {
  const started = ownProcessorTime();
  for (const piece of ["x", " ", "1", "(", "\n"]) withoutLogFormat(piece.repeat(1_000_000), ["%v %n %n %n %n", ISTIO]);
  expect(ownProcessorTime() - started).toBeLessThan(5_000);
});

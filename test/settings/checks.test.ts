import { expect, test } from "bun:test";
import { addressProblem, durationProblem, portProblem, tracingProblems } from "../../src/settings/checks.ts";

/** A name of 255 characters. */
const LONGEST = Array(4).fill("a".repeat(63)).join(".");

test.each([
  ["istiod.istio-system.svc:15012", undefined],
  ["istiod.istio-system.svc.cluster.local.:15010", undefined],
  ["10.0.0.1:1", undefined],
  ["[2001:db8::9]:65535", undefined],
  [":80", '"" is not a valid hostname or an IP address'],
  ["istiod", 'unable to split "istiod": address istiod: missing port in address'],
  ["istiod:0", "port number 0 must be in the range 1..65535"],
  ["istiod:65536", "port number 65536 must be in the range 1..65535"],
  ["istiod:http", 'port (http) is not a number: strconv.Atoi: parsing "http": invalid syntax'],
  ["2001:db8::9:80", 'unable to split "2001:db8::9:80": address 2001:db8::9:80: too many colons in address'],
  [
    "https://istiod:15012",
    'unable to split "https://istiod:15012": address https://istiod:15012: too many colons in address; write host:port, without https://',
  ],
  ["istiod: 15012", 'port ( 15012) is not a number: strconv.Atoi: parsing " 15012": invalid syntax; remove the space'],
  ["bad_host!:80", '"bad_host!" is not a valid hostname or an IP address'],
  ["a..b:80", '"a..b" is not a valid hostname or an IP address'],
  ["-a:80", '"-a" is not a valid hostname or an IP address'],
  [`${LONGEST}:80`, undefined],
  [`${LONGEST}.:80`, `"${LONGEST}." is not a valid hostname or an IP address`],
  [`${"a".repeat(64)}:80`, `"${"a".repeat(64)}" is not a valid hostname or an IP address`],
  ["10.1.2.300:80", '"10.1.2.300" is not a valid hostname or an IP address'],
])("address %s: %p (contract 1.6 §5.5)", (address, problem) => {
  expect(addressProblem(address)?.text).toBe(problem);
});

test.each([
  [1, true],
  [65535, true],
  [0, false],
  [65536, false],
  [-1, false],
  [1.5, false],
])("port %p is valid: %p", (port, valid) => {
  expect(portProblem(port) === undefined).toBe(valid);
});

test.each([
  [undefined, "duration: nil Duration"],
  [999_999n, "duration must be greater than 1ms"],
  [-5_000_000_000n, "duration must be greater than 1ms"],
  [1_000_001n, "only durations to ms precision are supported"],
  [1_000_000n, undefined],
])("duration %p ns: %p", (value, problem) => {
  expect(durationProblem(value)).toBe(problem);
});

test.each([
  ["istiod", 'invalid zipkin config: unable to split "istiod": address istiod: missing port in address', true],
  // The checked address is not the given one, which the message has to show.
  ["$(HOST_IP)", 'invalid zipkin config: unable to split "127.0.0.1": address 127.0.0.1: missing port in address', false],
  ["$(HOST_IP):0", "invalid zipkin config: port number 0 must be in the range 1..65535", false],
])("the problem of the tracer address %s says whether it shows the value", (address, text, showsValue) => {
  expect(tracingProblems({ tracing: { zipkin: { address } } }, [])).toEqual([{ field: "tracing.zipkin.address", text, showsValue }]);
});

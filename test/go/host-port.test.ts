import { expect, test } from "bun:test";
import fc from "fast-check";
import { joinHostPort, splitHostPort } from "../../src/go/host-port.ts";

test.each([
  ["istiod:15012", "istiod", "15012"],
  ["[::1]:80", "::1", "80"],
  ["[fe80::1%eth0]:80", "fe80::1%eth0", "80"],
  ["[name]:80", "name", "80"],
  [":80", "", "80"],
  ["host:", "host", ""],
  ["[]:", "", ""],
  ["host:http", "host", "http"],
])("splitHostPort reads %p", (address, host, port) => {
  expect(splitHostPort(address)).toEqual({ ok: true, value: { host, port } });
});

test.each([
  ["", "missing port in address"],
  ["host", "address host: missing port in address"],
  ["[::1]", "address [::1]: missing port in address"],
  ["[::1]x:80", "address [::1]x:80: missing port in address"],
  ["::1", "address ::1: too many colons in address"],
  ["a:b:80", "address a:b:80: too many colons in address"],
  ["[::1]:80:90", "address [::1]:80:90: too many colons in address"],
  ["[::1:80", "address [::1:80: missing ']' in address"],
  ["a[b:80", "address a[b:80: unexpected '[' in address"],
  ["[[::1]:80", "address [[::1]:80: unexpected '[' in address"],
  ["a]b:80", "address a]b:80: unexpected ']' in address"],
  ["[a]:8]", "address [a]:8]: unexpected ']' in address"],
])("splitHostPort refuses %p", (address, error) => {
  expect(splitHostPort(address)).toEqual({ ok: false, error });
});

test.each([
  ["istiod", "15012", "istiod:15012"],
  ["::1", "80", "[::1]:80"],
  ["fe80::1%eth0", "80", "[fe80::1%eth0]:80"],
  ["", "80", ":80"],
])("joinHostPort(%p, %p) is %p", (host, port, address) => {
  expect(joinHostPort(host, port)).toBe(address);
});

test("a joined address splits into the same parts", () => {
  const host = fc.string().filter((text) => !/[[\]]/.test(text));
  const port = fc.string().filter((text) => !/[[\]:]/.test(text));
  fc.assert(
    fc.property(host, port, (h, p) => {
      expect(splitHostPort(joinHostPort(h, p))).toEqual({ ok: true, value: { host: h, port: p } });
    }),
    { numRuns: 300 },
  );
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  formatIp,
  type Ip,
  isLinkLocalMulticast,
  isLinkLocalUnicast,
  isLoopback,
  isMapped,
  isUnspecified,
  parseIp,
  unmap,
} from "../../src/go/ip.ts";

function ip(text: string): Ip {
  const address = parseIp(text);
  if (address === undefined) throw new Error(`no address: ${text}`);
  return address;
}

test.each([
  ["10.9.8.7", "10.9.8.7"],
  ["0.0.0.0", "0.0.0.0"],
  ["::", "::"],
  ["::1", "::1"],
  ["1::", "1::"],
  ["2001:DB8:0:0:0:0:0:68", "2001:db8::68"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
  ["1:0:0:2:3:0:0:4", "1::2:3:0:0:4"],
  ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ["::ffff:10.9.8.7", "::ffff:10.9.8.7"],
  ["::ffff:a09:807", "::ffff:10.9.8.7"],
  ["::1.2.3.4", "::102:304"],
  ["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"],
  ["fe80::1%eth0", "fe80::1%eth0"],
  ["::ffff:1.2.3.4%a%b", "::ffff:1.2.3.4%a%b"],
])("%p is printed as %p", (text, printed) => {
  expect(formatIp(ip(text))).toBe(printed);
});

test.each([
  "",
  "istiod",
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.",
  "01.2.3.4",
  "1.2.3.256",
  "1.2.3.4%eth0",
  " 1.2.3.4",
  ":",
  ":::",
  ":1",
  "1:",
  "1::2::3",
  "12345::",
  "g::",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4::5:6:7:8",
  "1:2:3:4:5:6:7:1.2.3.4",
  "1.2.3.4::",
  "::1.2.3.4:1",
  "::1%",
  "%eth0",
  "[::1]",
])("parseIp refuses %p", (text) => {
  expect(parseIp(text)).toBeUndefined();
});

test("an IPv4-mapped address is recognized and unmapped", () => {
  expect(isMapped(ip("::ffff:1.2.3.4"))).toBe(true);
  expect(isMapped(ip("::1.2.3.4"))).toBe(false);
  expect(isMapped(ip("1.2.3.4"))).toBe(false);
  expect(unmap(ip("::ffff:1.2.3.4%eth0"))).toEqual(ip("1.2.3.4"));
  expect(unmap(ip("fe80::1%eth0"))).toEqual(ip("fe80::1%eth0"));
});

test.each([
  [isLoopback, "127.0.0.1 127.9.9.9 ::1 ::1%lo ::ffff:127.0.0.1", "128.0.0.1 ::2 :: 1::1"],
  [isUnspecified, "0.0.0.0 ::", "::ffff:0.0.0.0 ::%eth0 ::1 0.0.0.1"],
  [isLinkLocalUnicast, "169.254.1.1 fe80::1 febf::1%eth0 ::ffff:169.254.0.1", "169.253.0.1 fec0::1 fe40::"],
  [isLinkLocalMulticast, "224.0.0.251 ff02::1 ff12::1 ::ffff:224.0.0.1", "224.0.1.0 ff01::1 ff05::1"],
])("%p classifies addresses", (holds, yes, no) => {
  for (const text of yes.split(" ")) expect({ text, holds: holds(ip(text)) }).toEqual({ text, holds: true });
  for (const text of no.split(" ")) expect({ text, holds: holds(ip(text)) }).toEqual({ text, holds: false });
});

test("a formatted address parses to the same address", () => {
  const v4 = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }).map((bytes): Ip => ({ family: 4, bytes }));
  const byte = fc.oneof(fc.constant(0), fc.nat(255));
  const v6 = fc.array(byte, { minLength: 16, maxLength: 16 }).map((bytes): Ip => ({ family: 6, bytes }));
  const zoned = fc.tuple(v6, fc.string({ minLength: 1 })).map(([address, zone]): Ip => ({ ...address, zone }));
  fc.assert(
    fc.property(fc.oneof(v4, v6, zoned), (address) => {
      expect(parseIp(formatIp(address))).toEqual(address);
    }),
    { numRuns: 300 },
  );
});

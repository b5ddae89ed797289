import { expect, test } from "bun:test";
import { formatIp } from "../../src/go/ip.ts";
import { conflictsWith, listeningSockets } from "../../src/linux/socket-tables.ts";

const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const row = (local: string, state: string, inode: number) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1337        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`;

test("listeningSockets returns only the listening sockets of both tables", () => {
  const table = `${HEAD}${row("0100007F:3A98", "0A", 11)}${row("0100007F:3A99", "01", 12)}${row("00000000:0016", "0A", 13)}`;
  const table6 = `${HEAD}${row("B80D01200000000000000000010000FF:0050", "0A", 14)}${row("0000000000000000FFFF00000100007F:0051", "0A", 15)}`;
  const found = [...listeningSockets(table), ...listeningSockets(table6)];
  expect(found.map(({ address, port, inode }) => [formatIp(address), port, inode])).toEqual([
    ["127.0.0.1", 15000, "11"],
    ["0.0.0.0", 22, "13"],
    ["2001:db8::ff00:1", 80, "14"],
    ["127.0.0.1", 81, "15"],
  ]);
});

test.each([
  ["127.0.0.1", "0100007F", 15000, true],
  ["127.0.0.1", "0100007F", 15001, false],
  ["10.0.0.1", "0100007F", 15000, false],
  ["0.0.0.0", "0100007F", 15000, true],
  ["10.0.0.1", "00000000", 15000, true],
  ["::", "0100007F", 15000, true],
  ["::ffff:127.0.0.1", "0100007F", 15000, true],
  ["::1", "00000000000000000000000001000000", 15000, true],
  ["10.0.0.1", "00000000000000000000000000000000", 15000, true],
])("a socket conflicts with %s: %s, port %d, %p", (address, local, port, expected) => {
  const [socket] = listeningSockets(row(`${local}:3A98`, "0A", 1));
  expect(socket && conflictsWith(socket, address, port)).toBe(expected);
});

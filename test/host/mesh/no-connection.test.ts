import { expect, spyOn, test } from "bun:test";
import { connectFailure } from "../../../src/host/mesh/no-connection.ts";

const errorOf = (code: string, syscall: string) => Object.assign(new Error(code), { code, syscall });

test.each<[what: string, error: Error, reason: string]>([
  ["a denied connection", errorOf("EACCES", "connect"), "connect: permission denied"],
  // The same server is reported with either, by chance: the text must not differ, or it would be logged twice.
  ["a connection that is reset at once", errorOf("ECONNRESET", "connect"), "connection reset by peer"],
  ["an unknown name", errorOf("ENOTFOUND", "getaddrinfo"), "no such host"],
])("the reason for %s", async (_, error, reason) => {
  expect(await connectFailure({ host: "127.0.0.1", port: 1 }, error, 0)).toBe(reason);
});

test.each([
  ["a server that takes the second connection", "127.0.0.1"],
  ["an address that cannot be tried again", "fe80::1%lo"],
])("a slow refusal is one: %s", async (_, host) => {
  using server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  expect(await connectFailure({ host, port: server.port }, errorOf("ECONNREFUSED", "connect"), 1_000)).toBe("connect: connection refused");
});

test("a server that resets each connection is not one that refuses, because another address does", async () => {
  using server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { open: (socket) => void socket.terminate(), data() {} } });
  using lookup = spyOn(Bun.dns, "lookup");
  for (const addresses of [
    ["127.0.0.1", "127.0.0.2"],
    ["127.0.0.2", "127.0.0.1"],
  ]) {
    lookup.mockResolvedValue(addresses.map((address) => ({ address, family: 4, ttl: 0 })));
    const reason = await connectFailure({ host: "two.example", port: server.port }, errorOf("ECONNREFUSED", "connect"), 0);
    expect(reason).toBe("connection reset by peer");
  }
});

import { afterEach, describe, expect, test } from "bun:test";
import { connect, type Destination } from "../../../src/host/http/connect.ts";
import { eventually } from "../../scenarios/support.ts";
import { freePort, later, stopAll } from "../status/status-port.ts";
import { selfSigned } from "./self-signed.ts";

afterEach(stopAll);

/** A listener on an address, and the peers that have connected. */
function listening(hostname: string) {
  const peers: string[] = [];
  const { port } = later(Bun.listen({ hostname, port: 0, socket: { open: (socket) => void peers.push(socket.remoteAddress), data() {} } }));
  return { port, peers };
}

/** Connects. Returns the negotiated protocol, or the error. */
async function connected(to: Omit<Destination, "signal">, signal = AbortSignal.timeout(30_000)): Promise<string> {
  return await connect({ ...to, signal }).then(
    (stream) => {
      const protocol = stream.protocol();
      stream.cut();
      return `open ${protocol}`.trim();
    },
    (error: Error) => error.message,
  );
}

describe("an address", () => {
  test.each([
    ["127.0.0.1", "127.0.0.1"],
    ["::1", "::1"],
    ["[::1]", "::1"],
    ["localhost", "127.0.0.1"],
    ["localhost", "::1"],
  ])("%s connects to %s", async (host, address) => {
    expect(await connected({ host, port: listening(address).port })).toBe("open");
  });

  test.each([
    ["127.0.0.1", "127.0.0.9", "127.0.0.1"],
    ["localhost", "127.0.0.9", "127.0.0.1"],
    ["localhost", "::1", "::1"],
    // An empty host means the source address.
    ["", "127.0.0.9", "127.0.0.9"],
    ["", undefined, "127.0.0.1"],
  ])("%j from %s connects to %s", async (host, source, address) => {
    const { port, peers } = listening(address);
    expect(await connected({ host, port, ...(source === undefined ? {} : { source }) })).toBe("open");
    await eventually(() => peers.length > 0, "the listener sees it");
    expect(peers).toEqual([source ?? "127.0.0.1"]);
  });

  test("of another address family than the source is not tried", async () => {
    expect(await connected({ host: "localhost", port: listening("127.0.0.1").port, source: "::1" })).not.toBe("open");
  });
});

describe("a connection over TLS", () => {
  const own = selfSigned();
  const serving = () => later(Bun.serve({ hostname: "127.0.0.1", port: 0, tls: own, fetch: () => new Response() })).port ?? 0;
  test.each([
    ["is opened by default with any certificate", {}, "open"],
    ["is opened with verify: false", { verify: false }, "open"],
    ["fails with verify: true and an untrusted certificate", { verify: true }, "self signed certificate"],
    ["uses the server's protocol if HTTP/2 is offered", { http2: true }, "open"],
  ])("%s", async (_, options, expected) => {
    const seen = await connected({ host: "127.0.0.1", port: serving(), tls: true, ...options });
    expect(seen.replace("self-signed", "self signed").replace(" http/1.1", "")).toBe(expected);
  });

  test("fails if the server closes it", async () => {
    const { port } = later(Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { open: (socket) => void socket.end(), data() {} } }));
    expect(await connected({ host: "127.0.0.1", port, tls: true })).not.toStartWith("open");
  });
});

describe("a connection that is aborted", () => {
  const hanging = () => ({ host: "127.0.0.1", port: listening("127.0.0.1").port, tls: true });
  test("by a timeout reports it", async () => {
    expect(await connected(hanging(), AbortSignal.timeout(50))).toBe("no answer in time");
    expect(await connected({ host: "127.0.0.1", port: freePort() }, AbortSignal.abort(new DOMException("", "TimeoutError")))).toBe(
      "no answer in time",
    );
  });
  test("because its caller has disconnected reports it", async () => {
    const gone = new AbortController();
    const opening = connected(hanging(), gone.signal);
    gone.abort();
    expect(await opening).toBe("the caller disconnected");
  });
  test("for a reason reports the reason", async () => {
    expect(await connected(hanging(), AbortSignal.abort(new Error("no time")))).toBe("no time");
    expect(await connected(hanging(), AbortSignal.abort("no time"))).toBe("The request was aborted");
  });
});

test("no address is connected to once time is up", async () => {
  const { port, peers } = listening("127.0.0.1");
  const error = await connect({ host: "localhost", port, signal: AbortSignal.abort(new Error("time is up")) }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  // A connection that is made afterwards would be the second.
  expect(await connected({ host: "127.0.0.1", port })).toBe("open");
  await eventually(() => peers.length > 0, "the listener sees it");
  expect(peers).toHaveLength(1);
});

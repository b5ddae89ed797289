import { afterAll, describe, expect, jest, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { authorization, openToken } from "../../../src/host/mesh/token.ts";
import { eventually } from "../../support/eventually.ts";
import { outcome } from "./store-of.ts";

const directory = mkdtempSync(join(tmpdir(), "token-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("a token in a file", () => {
  test("is read at each call and trimmed; what is wrong is logged once", async () => {
    const path = join(directory, "token");
    const log: string[] = [];
    const reader = openToken({ kind: "file", path }, (level, text) => log.push(`${level} ${text}`));
    const missing = `warn Cannot use token "${path}", connecting without it: no such file or directory`;
    expect([await reader.read(), await reader.read()]).toEqual([undefined, undefined]);
    expect(log).toEqual([missing]);
    writeFileSync(path, "\n one \n");
    expect(await reader.read()).toBe("one");
    writeFileSync(path, "two");
    expect(await reader.read()).toBe("two");
    writeFileSync(path, "  \n");
    expect(await reader.read()).toBe("");
    writeFileSync(path, "a\nb");
    expect(await reader.read()).toBeUndefined();
    rmSync(path);
    expect(await reader.read()).toBeUndefined();
    expect(log.slice(1)).toEqual([
      `warn Cannot use token "${path}", connecting without it: it contains characters that a header cannot have`,
      missing,
    ]);
    expect(log.join("\n")).not.toContain("two");
    reader.close();
  });
});

test.each([
  ["a token", "one", [["authorization", "Bearer one"]]],
  ["an empty one", "", []],
  ["none", undefined, []],
] as const)("the header of %s", (_, token, headers) => {
  expect(authorization(token)).toEqual([...headers]);
});

describe("a file that is no token", () => {
  const write = (content: string) => (path: string) => writeFileSync(path, content);
  test.each<[name: string, make: (path: string) => void, problem: string]>([
    ["a directory", mkdirSync, "is a directory"],
    ["a pipe, without waiting for its writer", (path) => void Bun.spawnSync(["mkfifo", path]), "is not a regular file"],
    ["10 MB", write("x".repeat(10_000_000)), "is larger than 65536 bytes"],
    ["two lines of Windows", write("secret-1\r\nsecret-2\r\n"), "it contains characters that a header cannot have"],
    ["a control character", write("secret\u0000"), "it contains characters that a header cannot have"],
    ["another alphabet", write("secr\u00e9t"), "it contains characters that a header cannot have"],
  ])("%s", async (name, make, problem) => {
    const path = join(directory, name);
    make(path);
    const log: string[] = [];
    const reader = openToken({ kind: "file", path }, (level, text) => log.push(`${level} ${text}`));
    expect([await reader.read(), await reader.read()]).toEqual([undefined, undefined]);
    expect(log).toEqual([`warn Cannot use token "${path}", connecting without it: ${problem}`]);
  });

  test("one line of Windows is a token", async () => {
    const path = join(directory, "windows");
    writeFileSync(path, "token\r\n");
    expect(await openToken({ kind: "file", path }, () => {}).read()).toBe("token");
  });
});

type Body = ConstructorParameters<typeof Response>[0];

describe("a token of GCE", () => {
  /** Starts a metadata server that answers with numbered tokens: with each of the statuses, then the last of them again and again. */
  function metadataServer(status: number | readonly number[] = 200, body?: () => Body) {
    const statuses = [status].flat();
    const asked: string[] = [];
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch(request) {
        const { pathname, search } = new URL(request.url);
        asked.push(`${request.headers.get("metadata-flavor")} ${pathname}${search}`);
        const number = statuses[asked.length - 1] ?? statuses.at(-1) ?? 200;
        return new Response(number === 204 ? null : (body?.() ?? `token-${asked.length}\n`), { status: number });
      },
    });
    return { asked, host: `127.0.0.1:${server.port}`, [Symbol.dispose]: () => server.stop(true) };
  }

  test("is fetched at each call and written to its file", async () => {
    using metadata = metadataServer();
    const path = join(directory, "gce");
    const reader = openToken({ kind: "gce", path, audience: "cluster.local", host: metadata.host }, () => {});
    expect([await reader.read(), await reader.read()]).toEqual(["token-1", "token-2"]);
    expect(readFileSync(path, "utf8")).toBe("token-2\n");
    expect((statSync(path).mode & 0o777 & ~process.umask()).toString(8)).toBe((0o640 & ~process.umask()).toString(8));
    expect(metadata.asked[0]).toBe(
      "Google /computeMetadata/v1/instance/service-accounts/default/identity?audience=cluster.local&format=full",
    );
    reader.close();
  });

  test.each<[statuses: readonly number[], requests: number, token: string]>([
    [[503, 200], 2, "token-2"],
    [[429, 500, 502, 503, 504, 200], 6, "token-6"],
    [[503], 6, 'fetch platform credential: "<url>" answers status 503'],
    [[204], 1, 'fetch platform credential: "<url>" answers status 204'],
    [[201], 1, 'fetch platform credential: "<url>" answers status 201'],
    [[503, 404, 200], 2, 'fetch platform credential: "<url>" answers status 404'],
  ])("answers %p: %d requests", async (statuses, requests, token) => {
    using metadata = metadataServer(statuses);
    const path = join(directory, "answers");
    writeFileSync(path, "before");
    const reader = openToken(
      { kind: "gce", path, audience: "a", host: metadata.host },
      () => {},
      () => 0,
    );
    expect(String(await outcome(reader.read())).replace(/"http:[^"]*"/, '"<url>"')).toBe(token);
    expect(metadata.asked).toHaveLength(requests);
    expect(readFileSync(path, "utf8").trim()).toBe(token.startsWith("token") ? token : "before");
    reader.close();
  });

  test("is fetched when the server listens again", async () => {
    const refused = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const host = `127.0.0.1:${refused.port}`;
    refused.stop(true);
    let tries = 0;
    let server: ReturnType<typeof Bun.serve> | undefined;
    // Each wait asks for one random number.
    const random = () => {
      if (tries++ === 1) server = Bun.serve({ hostname: "127.0.0.1", port: refused.port, fetch: () => new Response("token") });
      return 0;
    };
    const reader = openToken({ kind: "gce", path: join(directory, "later"), audience: "a", host }, () => {}, random);
    expect([await reader.read(), tries]).toEqual(["token", 2]);
    reader.close();
    await server?.stop(true);
  });

  test("is not asked for again once the reader is closed", async () => {
    let asked = 0;
    const answer = () => {
      asked++;
      return new Response("busy", { status: 503 });
    };
    await using server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: answer });
    // The number is for the wait after the first answer, during which it is closed.
    const random = () => {
      queueMicrotask(() => reader.close());
      return 1;
    };
    const source = { kind: "gce", path: join(directory, "closed"), audience: "a", host: `127.0.0.1:${server.port}` } as const;
    const reader = openToken(source, () => {}, random);
    await expect(reader.read()).rejects.toThrow("answers status 503");
    expect(asked).toBe(1);
  });

  test("is fetched again between calls, while it has no expiry or less than 25 minutes are left", async () => {
    using metadata = metadataServer();
    const path = join(directory, "fresh");
    jest.useFakeTimers();
    try {
      const reader = openToken({ kind: "gce", path, audience: "a", host: metadata.host }, () => {});
      jest.advanceTimersByTime(5 * 60_000 - 1);
      expect(metadata.asked).toHaveLength(0);
      jest.advanceTimersByTime(1);
      jest.useRealTimers();
      await eventually(() => metadata.asked[0]);
      await eventually(() => (readFileSync(path, "utf8") === "token-1\n" ? true : undefined));
      reader.close();
    } finally {
      jest.useRealTimers();
    }
  });

  test.each<[name: string, path: string, status: number, problem: RegExp]>([
    ["without a path", "", 200, /^fetch platform credential: jwtPath is unset$/],
    ["refused", join(directory, "refused"), 404, /^fetch platform credential: "http:.*" answers status 404$/],
    [
      "in no directory",
      join(directory, "none/token"),
      200,
      /^fetch platform credential: cannot write the token to ".*\/none\/token": no such file or directory$/,
    ],
  ])("fails %s", async (_, path, status, problem) => {
    using metadata = metadataServer(status);
    const reader = openToken({ kind: "gce", path, audience: "a", host: metadata.host }, () => {});
    expect(await outcome(reader.read())).toMatch(problem);
    reader.close();
  });

  test.each<[name: string, body: () => Body]>([
    ["with characters that a header cannot have", () => "a\nb"],
    ["that is not ASCII", () => "\u00fc"],
    ["of another kind", () => `<html>${"x".repeat(200_000)}`],
    ["without an end", () => new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(10_000).fill(97)) })],
  ])("an answer %s is none, and the file is left as it is", async (_, body) => {
    using metadata = metadataServer(200, body);
    const path = join(directory, "kept");
    writeFileSync(path, "before");
    const reader = openToken({ kind: "gce", path, audience: "a", host: metadata.host }, () => {});
    expect(await outcome(reader.read())).toMatch(/^fetch platform credential: the answer of "http:.*" is no token$/);
    expect(readFileSync(path, "utf8")).toBe("before");
    reader.close();
  });

  const failureAt = async (host: string) => {
    const reader = openToken(
      { kind: "gce", path: join(directory, "x"), audience: "a", host },
      () => {},
      () => 0,
    );
    const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/identity?audience=a&format=full`;
    const failure = String(await outcome(reader.read())).replace(`"${url}"`, "<url>");
    reader.close();
    return failure;
  };

  test("fails without a server", async () => {
    expect(await failureAt("127.0.0.1:1")).toBe("fetch platform credential: cannot read <url>: connection refused");
  });

  test.each([
    ["speaks another protocol", "connection error: desc = x\r\n\r\n", "Malformed HTTP Response"],
    ["closes the connection", "", "connection reset by peer"],
  ])("fails if the server %s, without words of the runtime", async (_, answer, reason) => {
    using server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket) {
          if (answer !== "") socket.write(answer);
          socket.end();
        },
      },
    });
    expect(await failureAt(`127.0.0.1:${server.port}`)).toBe(`fetch platform credential: cannot read <url>: ${reason}`);
  });
});

test("the token for tests", async () => {
  expect(await openToken({ kind: "mock" }, () => {}).read()).toBe("test_token");
});

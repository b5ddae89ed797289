import { afterEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bytesOf, call } from "../../../src/host/http/client.ts";
import { headerOf } from "../../../src/http/message-head.ts";
import { ROOT } from "../../support/subject.ts";
import { later, stopAll } from "../status/status-port.ts";

afterEach(stopAll);

/** A response, one byte per character, and what Go 1.26's net/http client reads from it. */
interface Verdict {
  readonly answer: string;
  readonly refused?: true;
  readonly status?: number;
  /** Absent if it is incomplete or cannot be read. */
  readonly body?: string;
  readonly broken?: true;
  readonly location?: string;
  readonly type?: string;
}

/** Responses that are accepted although Go rejects them: an empty line first, and an announced trailer that is not allowed. */
const TAKEN = /^\r?\n|^Trailer: Content-Length\r?$/m;

const verdicts: readonly Verdict[] = Buffer.from(Bun.gunzipSync(readFileSync(join(ROOT, "test/host/http/fixtures/answers-by-go.jsonl.gz"))))
  .toString()
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));

test("responses are accepted, read and rejected as by Go's client", async () => {
  const { port } = later(
    Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket, bytes) {
          const number = Number(/^GET \/(\d+) /.exec(bytes.toString())?.[1]);
          socket.write(Buffer.from(verdicts[number]?.answer ?? "", "latin1"));
          socket.end();
        },
      },
    }),
  );
  const read = async (target: string): Promise<Omit<Verdict, "answer">> => {
    const answer = await call({
      host: "127.0.0.1",
      port,
      method: "GET",
      target,
      headers: [["Host", "a"]],
      signal: AbortSignal.timeout(30_000),
    });
    const location = headerOf(answer.headers, "location");
    const type = headerOf(answer.headers, "content-type");
    const body = await bytesOf(answer).then(
      (bytes) => ({ body: bytes.toString("latin1") }),
      () => ({ broken: true }) as const,
    );
    return {
      status: answer.status,
      ...body,
      ...(location === undefined ? {} : { location }),
      ...(type === undefined ? {} : { type }),
    };
  };
  const differing = [];
  for (const [number, { answer, ...expected }] of verdicts.entries()) {
    const seen = await read(`/${number}`).catch(() => ({ refused: true }) as const);
    if (!Bun.deepEquals(seen, expected) && !(expected.refused === true && TAKEN.test(answer))) differing.push({ answer, seen, expected });
  }
  expect(differing).toEqual([]);
  expect(verdicts.filter(({ refused }) => refused === undefined).length).toBeGreaterThan(150);
});

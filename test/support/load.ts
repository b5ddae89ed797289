import { type HttpConnection, openConnection } from "./http-client.ts";
import { type LoadReport, newTally, type Tally } from "./load-report.ts";

/** The requests and the number of clients of each kind; every client sends requests continuously. */
export interface LoadPlan {
  /** Base addresses, `http://host:port`, assigned to clients in turn. */
  readonly urls: readonly string[];
  /** Clients that keep their connection as long as the server allows; `connection: close` ends it in order. */
  readonly keepAlive?: number;
  /** Clients with a new connection for each request. */
  readonly fresh?: number;
  /** Clients with long requests, each on a new connection: `path?seconds=N`. */
  readonly slow?: readonly { readonly path: string; readonly seconds: number }[];
  /** Milliseconds between two requests of a client; default 20. */
  readonly pause?: number;
  /** Timeout of a request in milliseconds, beyond its own duration; default 10,000. */
  readonly limit?: number;
  /** Ends the load as `stop` does. */
  readonly until?: AbortSignal;
}

export interface Load {
  /** Marks this moment: the report relates failures to it. */
  readonly mark: (name: string) => void;
  /** After so many milliseconds from `mark("term")` no client opens a connection: the endpoint has been removed everywhere. */
  readonly endpointsRemovedAfter: (ms: number) => void;
  /** Returns the report so far. */
  readonly progress: () => LoadReport;
  /** Resolves when every client has ended, which they do without endpoints and connections. */
  readonly ended: Promise<void>;
  /** Starts no more requests, waits for those in progress, and reports. */
  readonly stop: () => Promise<LoadReport>;
}

/** The state shared by all clients of a load. */
interface Course {
  readonly tally: Tally;
  readonly limit: number;
  readonly isOver: () => boolean;
  readonly mayConnect: () => boolean;
  readonly rest: () => Promise<void>;
}

/** Starts a steady load of raw HTTP/1.1 clients without retries: every failed request is counted. */
export function startLoad({ urls, keepAlive = 0, fresh = 0, slow = [], pause = 20, limit = 10_000, until }: LoadPlan): Load {
  const tally = newTally();
  let isStopped = false;
  let removal = Number.POSITIVE_INFINITY;
  const isOver = () => isStopped || until?.aborted === true;
  const course: Course = {
    tally,
    limit,
    isOver,
    mayConnect: () => !isOver() && !((tally.since("term") ?? -1) >= removal),
    rest: () => Bun.sleep(pause),
  };
  let turn = 0;
  const next = () => new URL(urls[turn++ % urls.length] ?? "");
  const clients = [
    ...Array.from({ length: keepAlive }, () => keepAsking(course, next())),
    ...Array.from({ length: fresh }, () => askAnew(course, next(), "/", 0)),
    ...slow.map(({ path, seconds }) => askAnew(course, next(), `${path}?seconds=${seconds}`, seconds)),
  ];
  const ended = Promise.all(clients).then(() => {});
  return {
    ended,
    mark: tally.mark,
    endpointsRemovedAfter: (ms) => {
      removal = ms;
    },
    progress: tally.report,
    stop: async () => {
      isStopped = true;
      await ended;
      return tally.report();
    },
  };
}

/** Sends requests over one connection, and opens another only after it has ended. */
async function keepAsking(course: Course, url: URL): Promise<void> {
  let connection: HttpConnection | undefined;
  while (!course.isOver() && (connection !== undefined || course.mayConnect())) {
    connection ??= await opened(course, url);
    if (connection !== undefined && (await asked(course, connection, "/", 0, false)) !== "ok") connection = undefined;
    await course.rest();
    if (connection?.isOpen() === false) {
      course.tally.closeInOrder();
      connection = undefined;
    }
  }
  connection?.end();
}

async function askAnew(course: Course, url: URL, path: string, seconds: number): Promise<void> {
  while (course.mayConnect()) {
    const connection = await opened(course, url);
    if (connection !== undefined) await asked(course, connection, path, seconds, true);
    connection?.end();
    await course.rest();
  }
}

async function opened({ tally, limit }: Course, url: URL): Promise<HttpConnection | undefined> {
  const connection = await openConnection(url.hostname, Number(url.port || 80), limit);
  if (typeof connection !== "string") return connection;
  tally.fail(connection);
  return undefined;
}

async function asked(course: Course, connection: HttpConnection, path: string, seconds: number, close: boolean): Promise<"ok" | "failed"> {
  const reply = await connection.get(path, course.limit + seconds * 1000, close);
  if (typeof reply !== "string") course.tally.succeed();
  else course.tally.fail(reply);
  return typeof reply === "string" ? "failed" : "ok";
}

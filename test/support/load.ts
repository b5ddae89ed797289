import { type HttpConnection, openConnection } from "./http-client.ts";
import { type LoadReport, newTally, type Tally } from "./load-report.ts";

/** What to ask, and by how many clients of each kind; every client asks again and again. */
export interface LoadPlan {
  /** Base addresses, `http://host:port`; clients take turns in choosing one and stay with it. */
  readonly urls: readonly string[];
  /** Clients that keep their connection as long as the server lets them: `connection: close` is an end in good order. */
  readonly keepAlive?: number;
  /** Clients that open a connection for each request. */
  readonly fresh?: number;
  /** Clients whose requests, each over a connection of its own, take so long: `path?seconds=N`. */
  readonly slow?: readonly { readonly path: string; readonly seconds: number }[];
  /** Milliseconds a client rests between two requests; default 20. */
  readonly pause?: number;
  /** Milliseconds after which a request, beyond its own length, has failed; default 10,000. */
  readonly limit?: number;
  /** Ends the load as `stop` does. */
  readonly until?: AbortSignal;
}

export interface Load {
  /** Names this moment: the report tells when failures came in relation to it. */
  readonly mark: (name: string) => void;
  /** From so many milliseconds after `mark("term")` on no client opens a connection any more: the endpoint has left everyone's list. */
  readonly endpointsRemovedAfter: (ms: number) => void;
  /** The report so far. */
  readonly progress: () => LoadReport;
  /** Resolves when every client has ended, as they do once there is no endpoint and no connection left. */
  readonly ended: Promise<void>;
  /** Begins no further request, waits for those under way, and reports. */
  readonly stop: () => Promise<LoadReport>;
}

/** What the clients of one load share. */
interface Course {
  readonly tally: Tally;
  readonly limit: number;
  readonly isOver: () => boolean;
  readonly mayConnect: () => boolean;
  readonly rest: () => Promise<void>;
}

/** Starts a steady load of raw HTTP/1.1 clients, which repeat nothing: a request that fails is counted. */
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

/** A client that asks over one connection, and opens another only when that one is gone. */
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

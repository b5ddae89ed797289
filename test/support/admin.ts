/** The admin interface of a real Envoy, asked over a connection of its own each time. */
export interface Admin {
  /** What `/ready` says: `LIVE`, `PRE_INITIALIZING`, `DRAINING` …; undefined when nobody answers. */
  readonly state: () => Promise<string | undefined>;
  /** The restart epoch of the Envoy that answers; undefined when nobody does. */
  readonly epoch: () => Promise<number | undefined>;
  /** Posts to a path and yields the status of the answer; undefined when there is none. */
  readonly post: (path: string) => Promise<number | undefined>;
  /** Resolves when the state is this one. @throws Error with the last one seen when it is not so in time */
  readonly untilState: (state: string | undefined, limit?: number) => Promise<void>;
  /** Resolves when an Envoy of this epoch answers. @throws Error with the last one seen when it does not in time */
  readonly untilEpoch: (epoch: number, limit?: number) => Promise<void>;
}

const ANSWER_LIMIT = 2_000;
/** Envoy needs about a tenth of a second to start; this is more than ten times that on a busy machine. */
const POLL_LIMIT = 20_000;

export function adminAt(port: number): Admin {
  const state = async () => (await ask(port, "GET", "/ready"))?.text.trim();
  const epoch = async () => {
    const answer = await ask(port, "GET", "/server_info");
    return answer === undefined ? undefined : epochIn(answer.text);
  };
  return {
    state,
    epoch,
    post: async (path) => (await ask(port, "POST", path))?.status,
    untilState: (wanted, limit = POLL_LIMIT) => until("state", state, wanted, limit),
    untilEpoch: (wanted, limit = POLL_LIMIT) => until("epoch", epoch, wanted, limit),
  };
}

function epochIn(serverInfo: string): number {
  const { command_line_options: options } = JSON.parse(serverInfo);
  return Number(options.restart_epoch);
}

async function ask(port: number, method: string, path: string): Promise<{ readonly status: number; readonly text: string } | undefined> {
  try {
    const signal = AbortSignal.timeout(ANSWER_LIMIT);
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { connection: "close" }, signal });
    return { status: response.status, text: await response.text() };
  } catch {
    return undefined; // nobody listens, or the one who does has stopped answering
  }
}

async function until<T>(what: string, look: () => Promise<T>, wanted: T, limit: number): Promise<void> {
  const end = performance.now() + limit;
  for (;;) {
    const found = await look();
    if (found === wanted) return;
    if (performance.now() > end) throw new Error(`Envoy's ${what} is ${found}, not ${wanted}, after ${limit} ms`);
    await Bun.sleep(5);
  }
}

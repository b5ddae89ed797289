/** The admin interface of a real Envoy, with a new connection for each request. */
export interface Admin {
  /** Returns the state from `/ready`: `LIVE`, `PRE_INITIALIZING`, `DRAINING` …; undefined without a response. */
  readonly state: () => Promise<string | undefined>;
  /** Returns the restart epoch of the responding Envoy; undefined without a response. */
  readonly epoch: () => Promise<number | undefined>;
  /** Posts to a path and returns the response's status; undefined without a response. */
  readonly post: (path: string) => Promise<number | undefined>;
  /** Resolves when Envoy has this state. @throws Error with the last state after a timeout */
  readonly untilState: (state: string | undefined, limit?: number) => Promise<void>;
  /** Resolves when an Envoy of this epoch responds. @throws Error with the last epoch after a timeout */
  readonly untilEpoch: (epoch: number, limit?: number) => Promise<void>;
}

/** An Envoy that has stopped responding is asked again after this. */
const ANSWER_LIMIT = 10_000;
/** Envoy needs about a tenth of a second to start; this is more than ten times that on a busy machine. */
const POLL_LIMIT = 40_000;

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
    return undefined; // no server, or one that has stopped responding
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

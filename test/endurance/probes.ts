/** The results of one kind of probe. */
export interface Asked {
  readonly asked: number;
  /** Wrong responses, each with its time and text. */
  readonly wrong: readonly string[];
  /** The slowest response, in milliseconds. */
  readonly longest: number;
}

/** One kind of probe, sent repeatedly. */
export interface Question {
  readonly url: string;
  /** Milliseconds between two probes. */
  readonly every: number;
  /** Returns what is wrong with a response; undefined if nothing is. */
  readonly judge: (status: number, text: string) => string | undefined;
}

export interface Probing {
  /** Returns the results of all probes since the last call, by name. */
  readonly taken: () => Readonly<Record<string, Asked>>;
  readonly stop: () => Promise<void>;
}

/** Much longer than a kubelet waits. */
const LIMIT = 20_000;

/** Sends every probe at its interval, each over a new connection, until stopped. `moment` is the time of a wrong response. */
export function startProbes<Name extends string>(questions: Readonly<Record<Name, Question>>, moment: () => string): Probing {
  let counts: Record<string, Asked> = {};
  let isOver = false;
  const note = (name: string, milliseconds: number, wrong: string | undefined) => {
    const { asked, wrong: others, longest } = counts[name] ?? { asked: 0, wrong: [], longest: 0 };
    const list = wrong === undefined ? others : [...others, `${moment()}: ${wrong}`];
    counts[name] = { asked: asked + 1, wrong: list, longest: Math.max(longest, milliseconds) };
  };
  const running = Object.entries<Question>(questions).map(async ([name, { url, every, judge }]) => {
    while (!isOver) {
      const started = performance.now();
      const wrong = await ask(url, judge);
      note(name, performance.now() - started, wrong);
      await Bun.sleep(every);
    }
  });
  return {
    taken() {
      const all = counts;
      counts = {};
      return all;
    },
    async stop() {
      isOver = true;
      await Promise.all(running);
    },
  };
}

async function ask(url: string, judge: Question["judge"]): Promise<string | undefined> {
  try {
    const response = await fetch(url, { headers: { connection: "close" }, signal: AbortSignal.timeout(LIMIT) });
    return judge(response.status, await response.text());
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What came of one kind of question. */
export interface Asked {
  readonly asked: number;
  /** Answers that were not as they should be, each with its time and text. */
  readonly wrong: readonly string[];
  /** The longest answer, in milliseconds. */
  readonly longest: number;
}

/** One kind of question, asked again and again. */
export interface Question {
  readonly url: string;
  /** Milliseconds between two of them. */
  readonly every: number;
  /** What is wrong with an answer; undefined when nothing is. */
  readonly judge: (status: number, text: string) => string | undefined;
}

export interface Probing {
  /** What came of all questions since the last time this was asked, by their names. */
  readonly taken: () => Readonly<Record<string, Asked>>;
  readonly stop: () => Promise<void>;
}

/** A kubelet would have given up long before. */
const LIMIT = 20_000;

/** Asks every question at its pace, each over a connection of its own, until stopped. `moment` names the time of a wrong answer. */
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
      const begun = performance.now();
      const wrong = await ask(url, judge);
      note(name, performance.now() - begun, wrong);
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

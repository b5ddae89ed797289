import type { Answer, Routes } from "./case.ts";

/** A request as a scripted server received it. */
export interface Received {
  readonly method: string;
  readonly target: string;
  readonly peer: string;
  readonly local: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** What a server answers, and what it has received since the last look. */
export interface Script {
  readonly answerTo: (received: Received) => Answer;
  /** Puts routes beside or in place of the ones there; lists of answers begin anew. */
  readonly change: (routes: Routes) => void;
  readonly count: () => number;
  /** What was received since the last call. */
  readonly take: () => readonly Received[];
}

export function newScript(given: Routes): Script {
  const turns = new Map<string, number>();
  let routes = given;
  let received: Received[] = [];
  return {
    answerTo(request) {
      received.push(request);
      const { method, target } = request;
      const path = target.replace(/\?.*/s, "");
      const key = [`${method} ${target}`, target, `${method} ${path}`, path, "*"].find((each) => Object.hasOwn(routes, each));
      const found = key === undefined ? undefined : routes[key];
      if (key === undefined || found === undefined) return { status: 404, body: "scripted: no such path\n" };
      const answers = [found].flat();
      const turn = turns.get(key) ?? 0;
      turns.set(key, turn + 1);
      return answers[Math.min(turn, answers.length - 1)] ?? {};
    },
    change(more) {
      routes = { ...routes, ...more };
      turns.clear();
    },
    count: () => received.length,
    take() {
      const taken = received;
      received = [];
      return taken;
    },
  };
}

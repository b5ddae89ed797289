import { join } from "node:path";
import type { Subject } from "../support/subject.ts";

/** A proxy as far as `run` sees it: whether it is ready, and how often it was asked to stop. */
export interface StandIn extends Disposable {
  ready: boolean;
  readonly asked: () => number;
  readonly quits: () => number;
  /** The words of `run` up to its command. */
  readonly words: readonly string[];
}

/** Words that do not wait long between attempts. */
export function standIn(): StandIn {
  let asked = 0;
  let quits = 0;
  const server = Bun.serve({
    port: 0,
    fetch({ method }) {
      if (method === "POST") quits++;
      else asked++;
      return new Response("", { status: method === "POST" || proxy.ready ? 200 : 503 });
    },
  });
  const url = (path: string) => `http://127.0.0.1:${server.port}${path}`;
  const proxy: StandIn = {
    ready: true,
    asked: () => asked,
    quits: () => quits,
    words: ["run", "--periodMillis=10", `--url=${url("/ready")}`, `--quit-url=${url("/quit")}`],
    [Symbol.dispose]: () => void server.stop(true),
  };
  return proxy;
}

/** A job that prints every signal it gets, and exits with 7 after so many. */
export function reportsSignals(count: number): readonly string[] {
  return ["python3", join(import.meta.dir, "fixtures/reports-signals.py"), String(count)];
}

/** A job of two such programs in one process group, whose leader says when it gets SIGUSR1 itself; exits with 0. */
export function reportsInGroup(count: number): readonly string[] {
  const each = typedWords(reportsSignals(count));
  return ["sh", "-c", `trap 'echo alone USR1' USR1; trap : HUP INT QUIT TSTP WINCH; ${each} & ${each} & until wait; do :; done`];
}

/** A command of attache as one types it into a shell. */
export function typed(subject: Subject, words: readonly string[]): string {
  return typedWords([...subject.command, ...words]);
}

/** Words as one types them into a shell. */
export function typedWords(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}

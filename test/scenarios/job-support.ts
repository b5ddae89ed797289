import { join } from "node:path";
import type { Subject } from "../support/subject.ts";
import { IS_ROOT } from "./support.ts";

/** The part of a proxy that `run` uses: its readiness, and how often it was asked to stop. */
export interface StandIn extends Disposable {
  ready: boolean;
  readonly asked: () => number;
  readonly quits: () => number;
  /** The arguments of `run` before its command. */
  readonly args: readonly string[];
}

/** Arguments for a short time between attempts. */
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
    args: ["run", "--periodMillis=10", `--url=${url("/ready")}`, `--quit-url=${url("/quit")}`],
    [Symbol.dispose]: () => void server.stop(true),
  };
  return proxy;
}

/** A job that prints every signal it gets, and exits with 7 after so many. */
export function reportsSignals(count: number): readonly string[] {
  return ["python3", join(import.meta.dir, "fixtures/reports-signals.py"), String(count)];
}

/** A job of two such programs in one process group, whose leader reports SIGUSR1; exits with 0. */
export function reportsInGroup(count: number): readonly string[] {
  const each = typedWords(reportsSignals(count));
  return ["sh", "-c", `trap 'echo alone USR1' USR1; trap : HUP INT QUIT TSTP WINCH; ${each} & ${each} & until wait; do :; done`];
}

/** Returns a command of attache, quoted for a shell. */
export function typed(subject: Subject, args: readonly string[]): string {
  return typedWords([...subject.command, ...args]);
}

/** Returns arguments, quoted for a shell. */
export function typedWords(args: readonly string[]): string {
  return args.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}

/** Runs without a terminal, even if the tests have one. */
export const APART: readonly string[] = ["setsid"];
/** Runs as PID 1 of its own namespace. */
export const AS_INIT: readonly string[] = ["unshare", ...(IS_ROOT ? [] : ["-r"]), "--pid", "--fork", "--kill-child", "--mount-proc"];

/** A job that leaves orphans, and exits with 5 when all have been reaped. */
export function makesOrphans(count: number): readonly string[] {
  return ["python3", join(import.meta.dir, "fixtures/makes-orphans.py"), String(count)];
}

/** Returns the lines in which a job reports signals. */
export const got = (stdout: string) => stdout.split("\n").filter((line) => line.startsWith("got "));

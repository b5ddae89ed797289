import { eventually } from "./eventually.ts";

/** A program that leads the session of a new terminal; its processes end with the scope. */
export interface AtTerminal extends Disposable {
  readonly pid: number;
  /** Returns the terminal's output since the last `clear`, without cursor movements. */
  readonly shown: () => string;
  readonly clear: () => void;
  /** Resolves when the terminal has shown a text so many times. */
  readonly shows: (text: string, times?: number) => Promise<void>;
  readonly type: (text: string) => void;
  readonly resize: (columns: number, rows: number) => void;
  /** Hangs up, as when a terminal is closed. */
  readonly close: () => void;
  /** The exit code; null after a signal. */
  readonly ended: Promise<number | null>;
}

export const CTRL = { c: "\x03", z: "\x1a", backslash: "\x1c", d: "\x04" } as const;

export function atTerminal(
  command: readonly string[],
  { env = {}, cwd }: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): AtTerminal {
  let shown = "";
  const decoder = new TextDecoder();
  const child = Bun.spawn([...command], {
    env: { PATH: process.env["PATH"] ?? "", TERM: "dumb", ...env },
    ...(cwd === undefined ? {} : { cwd }),
    terminal: {
      cols: 200,
      rows: 50,
      data(_, bytes) {
        shown += decoder.decode(bytes, { stream: true });
      },
    },
  });
  const { terminal } = child;
  if (terminal === undefined) throw new Error("There is no terminal");
  const text = () => Bun.stripANSI(shown).replaceAll("\r", "");
  return {
    pid: child.pid,
    shown: text,
    clear() {
      shown = "";
    },
    async shows(wanted, times = 1) {
      await eventually(() => (text().split(wanted).length > times ? true : undefined)).catch((cause) => {
        throw new Error(`Not ${times} × ${JSON.stringify(wanted)} in ${JSON.stringify(text())}`, { cause });
      });
    },
    type: (keys) => void terminal.write(keys),
    resize: (columns, rows) => terminal.resize(columns, rows),
    close: () => terminal.close(),
    ended: child.exited.then(() => child.exitCode),
    [Symbol.dispose]() {
      if (child.exitCode === null && child.signalCode === null) for (const pid of sessionOf(child.pid)) killIfThere(pid);
      terminal.close();
    },
  };
}

/** Returns the processes of a session. */
function sessionOf(leader: number): readonly number[] {
  const { stdout } = Bun.spawnSync(["ps", "-o", "pid=", "-s", String(leader)]);
  return stdout.toString().split("\n").filter(Boolean).map(Number);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has already ended.
  }
}

import { tryReadText } from "../files/read-file.ts";

/** Milliseconds: the kernel detaches the terminal shortly after it sends SIGHUP. */
const DETACH_TIME = 50;

/** The terminal that the agent was started on, if any. */
export interface Terminal {
  /**
   * Whether a SIGHUP just received means that the terminal is gone. An agent that reloads on SIGHUP and was started in the background is
   * treated as a daemon, whose terminal may have closed long ago.
   */
  readonly isGone: (reloads: boolean) => Promise<boolean>;
}

/** Records the state of the terminal at the start. */
export function openControllingTerminal(): Terminal {
  const before = terminalState();
  const isLost = () => terminalState() === "none";
  return {
    async isGone(reloads) {
      if (before === "none" || (reloads && before === "background")) return false;
      if (isLost()) return true;
      await Bun.sleep(DETACH_TIME);
      return isLost();
    },
  };
}

/** Returns whether this process has a controlling terminal, and whether it runs in its foreground. */
function terminalState(): "none" | "foreground" | "background" {
  const text = tryReadText("/proc/self/stat") ?? "";
  // The program name, in parentheses, may contain any character.
  const [, , group, , terminal, foreground] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  if (terminal === undefined || terminal === "0") return "none";
  return group === foreground ? "foreground" : "background";
}

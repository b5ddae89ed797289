import { tryReadText } from "../files/read-file.ts";

/** The kernel takes the terminal away a moment after the signal that says so. */
const MOMENT = 50;

/** The terminal the agent was started at, if any. */
export interface Terminal {
  /**
   * Whether a SIGHUP that has just come says that the terminal is gone. An agent that reloads by SIGHUP and was started in the
   * background is taken for a daemon: its terminal may have gone long ago.
   */
  readonly isGone: (reloads: boolean) => Promise<boolean>;
}

/** Looks at the terminal as it is now. */
export function openControllingTerminal(): Terminal {
  const before = ownTerminal();
  const isLost = () => ownTerminal() === "none";
  return {
    async isGone(reloads) {
      if (before === "none" || (reloads && before === "background")) return false;
      if (isLost()) return true;
      await Bun.sleep(MOMENT);
      return isLost();
    },
  };
}

/** Whether this process has a controlling terminal, and whether it runs in its foreground. */
function ownTerminal(): "none" | "foreground" | "background" {
  const text = tryReadText("/proc/self/stat") ?? "";
  // The name of the program, in parentheses, may hold anything.
  const [, , group, , terminal, foreground] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  if (terminal === undefined || terminal === "0") return "none";
  return group === foreground ? "foreground" : "background";
}

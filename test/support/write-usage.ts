import { usageText } from "../../src/commands/usage.ts";
import { ROOT } from "./subject.ts";

await Bun.write(`${ROOT}/USAGE.md`, usageText());
